import { unescape as decode } from "node:querystring";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { GatewayError } from "../errors.ts";
import { requireKnown } from "../math/range-checks.ts";
import { batchId, CLOUD_EVENT_BATCH_TYPE, cloudEvent } from "./cloud-event.ts";
import { ALL_ACCEPTED, type Sink, type WriteResult } from "./sink.ts";

export interface HttpSinkOptions {
  /** Where to post to. A user and password in it are sent as basic authentication. */
  readonly url: string | URL;
  /**
   * Unique within a gateway. The outbox keeps a queue of this name: keep it when the address changes, and what waits
   * goes to the new one.
   * @defaultValue `http`
   */
  readonly name?: string;
  /** Sent as bearer token; never shown. */
  readonly token?: string;
  /** Sent with every request; the values are never shown. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Longest time for one request, the answer included.
   * @defaultValue 10_000
   */
  readonly timeoutMs?: number;
  /**
   * Whether to compress the body.
   * @defaultValue true
   */
  readonly gzip?: boolean;
}

/** The cause of an error that an answer brought. */
export interface HttpAnswer {
  readonly status: number;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs?: number;
}

/**
 * Posts each batch as CloudEvents 1.0 in the batched JSON format, see {@link cloudEvent}.
 *
 * Delivery: in order, and at least once. A batch counts as delivered when the receiver answered 2xx and the whole answer
 * was read. The same batch has the same `Idempotency-Key`, and the same event the same CloudEvents `id`, so a
 * receiver can tell a repetition.
 *
 * Answers: 408, 425, 429 and 5xx put the batch off, as does an unreachable receiver, for as long as `Retry-After` says.
 * So do 401, 403 (a token can be renewed) and 3xx, 404, 405, 410 (a wrong address or a captive portal says nothing
 * about the events). 413 splits the batch; a single event that is too large is rejected. Any other answer rejects the
 * batch. A redirect is not followed: it would take the token to another host.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write`, `SINK_UNREACHABLE` or `SINK_REJECTED`, whose
 * `cause` is an {@link HttpAnswer}. No error shows the token, a header value, or more of the URL than its host.
 */
export function httpSink(options: HttpSinkOptions): Sink {
  requireKnown("httpSink", options, ["url", "name", "token", "headers", "timeoutMs", "gzip"]);
  const target = targetOf(options);
  const { timeoutMs = 10_000 } = options;
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS)) {
    throw invalid(`timeoutMs: expected 1 to ${LONGEST_TIMER_MS}, got ${timeoutMs}`);
  }

  const write: Sink["write"] = async (batch, signal) => {
    if (batch.length === 0) return ALL_ACCEPTED;
    const body = JSON.stringify(batch.map((event) => cloudEvent(event)));
    const request: RequestInit = {
      method: "POST",
      redirect: "manual",
      headers: { ...target.headers, "Idempotency-Key": `"${batchId(batch)}"` },
      body: target.isCompressed ? await promisify(gzip)(body) : body,
    };
    const reply = await exchange(target, request, timeoutMs, signal);
    if (reply.status >= 200 && reply.status < 300) return ALL_ACCEPTED;
    const refused = refusal(target, reply);
    if (reply.status !== 413) throw refused;
    if (batch.length === 1) return { rejected: [{ index: 0, reason: refused.message }], retry: [] };
    const half = Math.ceil(batch.length / 2);
    const first = await write(batch.slice(0, half), signal);
    return joined(first, await write(batch.slice(half), signal), half);
  };

  return { name: options.name ?? "http", write, async close() {} };
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Where requests go, and what must not be seen of it. */
interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly isCompressed: boolean;
  /** Must not be shown, whoever says them. */
  readonly secrets: readonly string[];
}

function targetOf(options: HttpSinkOptions): Target {
  const { token, headers = {}, gzip: isCompressed = true } = options;
  const url = parseUrl(options.url);
  const [user, password] = [decode(url.username), decode(url.password)];
  const hasLogin = user !== "" || password !== "";
  if (hasLogin && token !== undefined) {
    throw invalid("token: expected either a token or a user in the url, got both");
  }
  // fetch takes no URL with a user in it, and shows it in its error.
  url.username = "";
  url.password = "";
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  const authorization = hasLogin ? `Basic ${basic}` : token && `Bearer ${token}`;
  const secrets = [token, hasLogin && basic, password, url.pathname + url.search]
    .concat(Object.values(headers))
    .map((secret) => (secret || "").trim())
    .filter((secret) => secret.length > 1);
  return {
    url,
    isCompressed,
    secrets,
    headers: checkedHeaders({
      ...headers,
      ...(authorization ? { authorization } : {}),
      ...(isCompressed ? { "content-encoding": "gzip" } : {}),
      "content-type": CLOUD_EVENT_BATCH_TYPE,
    }),
  };
}

function parseUrl(text: string | URL): URL {
  // Without the cause, which shows the whole URL.
  const url = URL.parse(String(text));
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw invalid(`url: expected http or https, got ${url?.protocol ?? "no absolute URL"}`);
}

function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    try {
      checked.set(name, value);
    } catch {
      // Without the cause, which shows the value.
      throw invalid(`headers: expected a valid name and value, got another in "${name}"`);
    }
  }
  return Object.fromEntries(checked);
}

function invalid(message: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", `HTTP sink, ${message}`);
}

/** An answer that was read to its end. */
interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Its beginning. */
  readonly text: string;
}

async function exchange(
  target: Target,
  request: RequestInit,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Reply> {
  const running = new AbortController();
  const stop = (): void => running.abort(new Error("the gateway stops"));
  const giveUp = (): void => running.abort(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) stop();
    const response = await fetch(target.url, { ...request, signal: running.signal });
    return { status: response.status, headers: response.headers, text: await beginning(response) };
  } catch (cause) {
    const { host } = target.url;
    throw new GatewayError("SINK_UNREACHABLE", `cannot reach ${host}: ${reasonOf(cause)}`, {
      cause,
      retryable: true,
      hint: `Check the network and whether ${host} is up; the events are kept.`,
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Reads to the end, because a broken answer shows only there. */
async function beginning(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    if (text.length < EXCERPT_LENGTH) text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** `fetch` says only "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || String("code" in cause ? cause.code : cause.name);
}

const EXCERPT_LENGTH = 200;

function refusal(target: Target, reply: Reply): GatewayError {
  const { status } = reply;
  const retryAfterMs = parseRetryAfter(reply.headers);
  const answer: HttpAnswer = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new GatewayError(
    "SINK_REJECTED",
    `${target.url.host} answered ${status}${said(target, reply)}`,
    {
      cause: answer,
      retryable: isRetryable(status),
      hint: hintFor(status),
    },
  );
}

/** Answers that say something about the address, the token or the moment, and nothing about the events. */
const RETRYABLE: ReadonlySet<number> = new Set([401, 403, 404, 405, 408, 410, 425, 429]);

function isRetryable(status: number): boolean {
  return status >= 500 || status < 400 || RETRYABLE.has(status);
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return "Renew the token; the events are kept meanwhile.";
  if (status < 400 || [404, 405, 410].includes(status)) {
    return "Set url to the address that the receiver is really at; the events are kept meanwhile.";
  }
  if (isRetryable(status)) return "Wait: the events are kept and sent again.";
  return "Check url, and what the receiver expects; look at the dead letters.";
}

function said({ secrets }: Target, { text }: Reply): string {
  if (secrets.some((secret) => text.includes(secret))) return "";
  const excerpt = text
    .slice(0, EXCERPT_LENGTH)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return excerpt && `: ${excerpt}`;
}

/** Reads seconds or a date; a date by the clock of the receiver, if it tells the time. */
function parseRetryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const now = Date.parse(headers.get("date") ?? "");
  const wait = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function joined(first: WriteResult, second: WriteResult, offset: number): WriteResult {
  const later = second.rejected.map(({ index, reason }) => ({ index: index + offset, reason }));
  return { rejected: [...first.rejected, ...later], retry: [] };
}
