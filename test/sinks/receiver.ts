import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type PeerCertificate, TLSSocket } from "node:tls";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import type { CloudEvent } from "../../src/sinks/cloud-event.ts";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** One, where the request was no batch. */
  readonly events: readonly CloudEvent[];
  /** The port that it came from: the same for requests on one connection. */
  readonly port: number;
  /** The common name in the certificate that the sender has shown. */
  readonly sender: PeerCertificate["subject"]["CN"] | undefined;
}

/** What the receiver does with a request that it has read. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** A real HTTP server that takes CloudEvents, single or in batches. */
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

/** @param tls with it, the receiver speaks HTTPS. */
export async function startReceiver(tls?: ServerOptions): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const accepted: CloudEvent[] = [];
  let answer: Answer = (response) => response.writeHead(204).end();

  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on("request", (request, response) => {
    const take = async (): Promise<void> => {
      const body = await buffer(request);
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const { socket, headers, method = "", url: path = "" } = request;
      const sender =
        socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
      const events: CloudEvent[] = [JSON.parse(text.toString())].flat();
      const received = { method, path, headers, events, port: socket.remotePort ?? 0, sender };
      requests.push(received);
      answer(response, received);
      if (response.statusCode < 300) accepted.push(...events);
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
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/events`,
    requests,
    accepted,
    answer(next) {
      answer = next;
    },
    stop,
  };
}
