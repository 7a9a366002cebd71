import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ByteLine, LineListener } from "./byte-line.ts";

/** A TCP connection; given up when it takes longer than `timeoutMs` to make. */
export function tcpLine(
  { host, port }: { readonly host: string; readonly port: number },
  timeoutMs: number,
  listener: LineListener,
): ByteLine {
  let socket: Socket | undefined;
  return {
    async open() {
      const opened = connect({ host, port, noDelay: true, keepAlive: true, timeout: timeoutMs });
      socket = opened;
      let lost = new Error("the device closed the connection");
      opened.on("timeout", () => opened.destroy(tooSlow(timeoutMs)));
      opened.on("error", (cause) => {
        lost = new Error(`the connection broke: ${cause.message}`, { cause });
      });
      opened.on("close", () => listener.lost(lost));
      opened.on("data", (bytes) => listener.heard(bytes));
      await once(opened, "connect");
      opened.setTimeout(0);
    },
    send(bytes) {
      socket?.write(bytes);
    },
    close() {
      socket?.destroy();
    },
  };
}

function tooSlow(timeoutMs: number): Error {
  return Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "ETIMEDOUT" });
}
