import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { createGunzip } from "node:zlib";

/** A cloud on this machine: takes batches of CloudEvents over HTTP and remembers what came. */
export interface Receiver {
  readonly url: URL;
  /** How often each message came, by CloudEvents id. */
  readonly received: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts a receiver on any free port of the loopback interface. */
export async function startReceiver(): Promise<Receiver> {
  const received = new Map<string, number>();
  const server = createServer((request, response) => {
    const body =
      request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
    json(body).then(
      (batch) => {
        for (const { id } of batch as readonly { id: string }[]) {
          received.set(id, (received.get(id) ?? 0) + 1);
        }
        response.writeHead(204).end();
      },
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/events`),
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
