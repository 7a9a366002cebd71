import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A line to a server that can be cut. */
export interface Line {
  readonly port: number;
  /** Breaks every connection at once, with whatever is on its way. */
  cut(): void;
  /** Holds back what the server answers, for good. */
  hush(): void;
}

/** Leads from a free port of 127.0.0.1 to another one. */
export async function startLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const answering = new Set<Socket>();
  const server = createServer((near) => {
    const far = keep(connect(target, "127.0.0.1"));
    answering.add(far);
    keep(near).pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const hush = (): void => {
    for (const far of answering) far.unpipe();
  };
  onTestFinished(() => {
    server.close();
    cut();
  });
  return { port: (server.address() as AddressInfo).port, cut, hush };
}
