import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import type { CloudEvent } from "../../src/sinks/cloud-event.ts";

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly events: readonly CloudEvent[];
}

/** What the receiver does with a request that it has read. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** A real HTTP server that takes CloudEvents batches. */
export interface Receiver {
  readonly url: string;
  /** Everything that arrived, accepted or not. */
  readonly requests: readonly ReceivedRequest[];
  /** What was accepted with a 2xx status, repetitions included. */
  readonly accepted: readonly CloudEvent[];
  /** From now on; before, it accepts everything with 204. */
  answer(answer: Answer): void;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const accepted: CloudEvent[] = [];
  let answer: Answer = (response) => response.writeHead(204).end();

  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const body = await buffer(request);
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const received = { headers: request.headers, events: JSON.parse(text.toString()) };
      requests.push(received);
      answer(response, received);
      if (response.statusCode < 300) accepted.push(...received.events);
    };
    // A sender that is killed in the middle of a request is no failure of the receiver.
    take().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(stop);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    requests,
    accepted,
    answer(next) {
      answer = next;
    },
    stop,
  };
}
