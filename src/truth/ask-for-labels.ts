import type { LabelInput } from "../core/label.ts";
import { GatewayError } from "../errors.ts";
import { parseLabelInput } from "../math/label-input.ts";
import { redact, resolveSecret, type Secret } from "../sinks/secret.ts";
import { requireTime } from "./label-folder.ts";

export interface LabelEndpoint {
  readonly url: URL;
  readonly token?: Secret;
  readonly timeoutMs: number;
}

/** What an endpoint has answered. */
export interface AnsweredLabels {
  readonly labels: readonly LabelInput[];
  /** Names the newest that the endpoint has given; absent where it has not said. */
  readonly cursor?: string;
  /** Why some of them are no labels. */
  readonly refused?: GatewayError;
}

/** There was no answer, or none with labels. */
export interface PutOff {
  readonly trouble: GatewayError;
  /** How long the endpoint asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** More in one answer is refused: labels are short, and an endpoint that has many gives them in parts. */
const MOST_BYTES = 1_048_576;

/** Asks once, for what came after `cursor`. Never throws. */
export async function askForLabels(
  endpoint: LabelEndpoint,
  cursor: string | undefined,
  stopping: AbortSignal,
): Promise<AnsweredLabels | PutOff> {
  const secrets = [endpoint.url.pathname + endpoint.url.search].filter((path) => path.length > 1);
  try {
    const token = endpoint.token === undefined ? undefined : await resolveSecret(endpoint.token);
    if (token !== undefined) secrets.push(token);
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(endpoint.timeoutMs)]);
    const response = await fetch(withCursor(endpoint.url, cursor), {
      headers: headersOf(token, cursor),
      redirect: "manual",
      signal,
    });
    if (response.status === 304 || response.status === 204) return { labels: [] };
    if (response.status === 200) return await readAnswer(endpoint, response);
    await response.body?.cancel();
    return refusal(endpoint, response);
  } catch (cause) {
    return { trouble: troubleOf(endpoint, cause, secrets) };
  }
}

/** The bare text of an `ETag`; both ways of asking say the same, so an endpoint heeds the one that it likes. */
function withCursor(url: URL, cursor: string | undefined): URL {
  const asked = new URL(url);
  if (cursor !== undefined)
    asked.searchParams.set("after", cursor.replace(/^(?:W\/)?"(.*)"$/, "$1"));
  return asked;
}

function headersOf(token: string | undefined, cursor: string | undefined): Headers {
  const headers = new Headers({ accept: "application/json" });
  if (cursor !== undefined) headers.set("if-none-match", cursor);
  try {
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  } catch {
    // Without the cause, which shows the token.
    throw new GatewayError("CONFIG_INVALID", "the token holds characters that no header can have");
  }
  return headers;
}

async function readAnswer({ url }: LabelEndpoint, response: Response): Promise<AnsweredLabels> {
  const text = await readText(response);
  if (text === undefined) {
    throw rejected(
      `${url.host} answered more than ${MOST_BYTES} bytes`,
      "Let it give labels in parts.",
    );
  }
  const list = parseList(text);
  if (list === undefined) {
    throw rejected(`${url.host} answered no JSON array of labels`, "Check url, and what is there.");
  }
  const cursor = response.headers.get("etag");
  return { ...sorted(list, url.host), ...(cursor !== null && { cursor }) };
}

/** Returns `undefined` where it is too long. */
async function readText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  // Leaving the loop ends the transfer.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

function sorted(
  list: readonly unknown[],
  host: string,
): Pick<AnsweredLabels, "labels" | "refused"> {
  const labels: LabelInput[] = [];
  const reasons: string[] = [];
  for (const [place, one] of list.entries()) {
    try {
      labels.push(requireTime(parseLabelInput(one)));
    } catch (error) {
      reasons.push(`label ${place + 1}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const [first] = reasons;
  if (first === undefined) return { labels };
  const message = `${host} answered ${list.length} labels, ${reasons.length} of them none; ${first}`;
  return { labels, refused: new GatewayError("LABEL_INVALID", message) };
}

function refusal({ url }: LabelEndpoint, { status, headers }: Response): PutOff {
  const isLocked = status === 401 || status === 403;
  const hint = isLocked ? "Renew the token." : "Check url; it is asked again.";
  const retryAfterMs = retryAfterOf(headers);
  return {
    trouble: rejected(`${url.host} answered ${status}`, hint),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Seconds or a date; a date by the clock of the endpoint, if it tells the time. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const now = Date.parse(headers.get("date") ?? "");
  const wait = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function rejected(message: string, hint: string): GatewayError {
  return new GatewayError("SOURCE_REJECTED", message, { retryable: true, hint });
}

function troubleOf(
  { url, timeoutMs }: LabelEndpoint,
  cause: unknown,
  secrets: readonly string[],
): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const isLate = cause instanceof Error && cause.name === "TimeoutError";
  const reason = isLate ? `no answer within ${timeoutMs} ms` : redact(reasonOf(cause), secrets);
  // Without the cause, which may show the URL.
  return new GatewayError("SOURCE_UNREACHABLE", `cannot reach ${url.host}: ${reason}`, {
    retryable: true,
    hint: `Check the network and whether ${url.host} is up.`,
  });
}

/** `fetch` says only "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || String("code" in cause ? cause.code : cause.name);
}
