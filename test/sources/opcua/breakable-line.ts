import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP line to a server that can be cut, or go silent with every socket still open. */
export interface BreakableLine {
  readonly port: number;
  /** Client sockets open now. */
  open(): number;
  /** Nothing passes any more in either direction. */
  silence(): void;
  /** Bytes pass again, those of the meantime are lost. */
  resume(): void;
  /** Every socket is closed, nobody listens. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function breakableLine(to: number): Promise<BreakableLine> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let silent = false;
  let port = 0;

  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    clients.add(client);
    for (const [here, there] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(here);
      here.on("data", (bytes) => {
        if (!silent) there.write(bytes);
      });
      here.on("error", () => {});
      here.on("close", () => {
        sockets.delete(here);
        clients.delete(here);
        if (!silent) there.destroy();
      });
    }
  });

  const line: BreakableLine = {
    get port() {
      return port;
    },
    open: () => clients.size,
    silence() {
      silent = true;
    },
    resume() {
      silent = false;
    },
    async cut() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend() {
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
    },
  };
  await line.mend();
  return line;
}
