import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import https from "node:https";
import type { TlsParts } from "./tls.ts";

/** A request, complete. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly tls: TlsParts;
}

/** An answer that was read to its end. */
export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Its beginning. */
  readonly text: string;
}

/** Keeps a connection open between requests that follow each other. */
export interface Connection {
  /** Never follows a redirect: it would take the token to another host. Fails with whatever Node.js says. */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>;
  close(): void;
}

/** `node:http` and not `fetch`, which cannot show a client certificate. */
export function openConnection(): Connection {
  const settings = { keepAlive: true, timeout: LONGEST_IDLE_MS };
  const agents = { "http:": new http.Agent(settings), "https:": new https.Agent(settings) };

  const start = ({ url, method, headers, tls }: HttpRequest, signal: AbortSignal): ClientRequest =>
    url.protocol === "https:"
      ? https.request(url, { method, headers, signal, agent: agents["https:"], ...tls })
      : http.request(url, { method, headers, signal, agent: agents["http:"] });

  const exchange = (request: HttpRequest, signal: AbortSignal): Promise<HttpReply> =>
    new Promise((resolve, reject) => {
      const running = start(request, signal);
      const fail = (error: NodeJS.ErrnoException): void => {
        // Most likely the receiver closed it while nothing was under way; had it taken the request, it can tell the repetition.
        const isStale = running.reusedSocket && error.code === "ECONNRESET" && !signal.aborted;
        if (isStale) resolve(exchange(request, signal));
        else reject(error);
      };
      running.once("error", fail).on("error", () => {});
      running.once("response", (response) => {
        // From here on it is the answer that counts, also when the receiver did not read the whole body.
        running.off("error", fail);
        readAll(response).then(resolve, reject);
      });
      running.end(request.body);
    });

  return {
    request: exchange,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Firewalls forget quiet connections without a word; the next request on one would wait for its time-out. */
const LONGEST_IDLE_MS = 4_000;

/** More than is shown, so that no secret is cut in two before it is found. */
const KEPT_LENGTH = 16 * 1024;

/** Reads to the end, because a broken answer shows only there. */
async function readAll(response: IncomingMessage): Promise<HttpReply> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    if (text.length < KEPT_LENGTH) text += chunk;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
