import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import type { ByteLine, LineListener } from "./byte-line.ts";
import { isWholeMbap } from "./mbap-framing.ts";

/**
 * Datagrams to and from one address and port; those of anybody else, and damaged ones, are not heard.
 *
 * Opening proves nothing, since UDP has no connection. A host that is up where nobody listens is noticed with the first request.
 */
export function udpLine(
  { host, port }: { readonly host: string; readonly port: number },
  listener: LineListener,
): ByteLine {
  let socket: Socket | undefined;
  let closed = false;
  return {
    async open() {
      const { address, family } = await lookup(host, { order: "ipv4first" });
      if (closed) return;
      socket = createSocket(family === 6 ? "udp6" : "udp4");
      socket.on("error", (cause) => listener.lost(cause));
      socket.on("message", (bytes) => {
        if (isWholeMbap(bytes)) listener.heard(bytes);
      });
      socket.connect(port, address);
      await once(socket, "connect");
    },
    send(bytes) {
      socket?.send(bytes);
    },
    close() {
      closed = true;
      socket?.close();
    },
  };
}
