import { type AddressInfo, createServer, type Socket } from "node:net";

/** A device that does with each request what the test says. */
export interface NastyDevice {
  readonly port: number;
  /** Sockets that are open now. */
  open(): number;
  /** All there ever were. */
  connections(): number;
  stop(): void;
}

export async function nastyDevice(
  onRequest: (request: Buffer, socket: Socket, connection: number) => void,
): Promise<NastyDevice> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on("data", (request) => onRequest(request, socket, connection));
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open: () => sockets.size,
    connections: () => connections,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A correct answer to a request for one uint16. */
export function answer(request: Buffer, value: number): Buffer {
  const reply = Buffer.from([
    0,
    0,
    0,
    0,
    0,
    5,
    request[6] as number,
    request[7] as number,
    2,
    0,
    0,
  ]);
  request.copy(reply, 0, 0, 2);
  reply.writeUInt16BE(value, 9);
  return reply;
}
