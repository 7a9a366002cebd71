import { validateHeaderName, validateHeaderValue } from "node:http";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown, requireOneOf } from "../../math/range-checks.ts";
import { requireSecret, type Secret } from "../secret.ts";
import { ALL_KINDS } from "../sink.ts";
import { type HttpTls, requireTls } from "./tls.ts";

/** What `httpSink` takes, wherever it sends to. */
interface HttpSettings {
  /**
   * Unique within a gateway. The outbox keeps a queue of this name: keep it when the address changes, and what waits
   * goes to the new one.
   * @defaultValue `http`
   */
  readonly name?: string;
  /**
   * What it takes.
   * @defaultValue everything
   */
  readonly kinds?: readonly MessageKind[];
  /**
   * `batch`: one request for the messages of a write, in the batched JSON format of CloudEvents. `single`: a request for each
   * message, in the structured JSON format, so that each gets an answer of its own.
   * @defaultValue `batch`
   */
  readonly mode?: "batch" | "single";
  /** Sent with every request, such as an API key: `{ "X-Api-Key": { env: "CLOUD_KEY" } }`. The values are never shown. */
  readonly headers?: Readonly<Record<string, Secret>>;
  /** For `https`: whom to trust, and the certificate that this gateway shows. */
  readonly tls?: HttpTls;
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

export interface HttpPostOptions extends HttpSettings {
  /** Where to post to. A user in it is sent as basic authentication. */
  readonly url: string | URL;
  /** Password of the user in the url, where it does not stand in the url itself. */
  readonly password?: Secret;
  /** Sent as bearer token; never shown. */
  readonly token?: Secret;
  readonly presign?: never;
}

export interface HttpPresignOptions extends HttpSettings {
  readonly presign: Presign;
  readonly url?: never;
  readonly password?: never;
  readonly token?: never;
}

export type HttpSinkOptions = HttpPostOptions | HttpPresignOptions;

/**
 * Asks for a URL that the messages may be put to. Called before every upload, and once more when the answer is 403, since the URL
 * may have expired. Failing keeps the messages.
 */
export type Presign = (
  messages: readonly GatewayMessage[],
  upload: Upload,
) => Promise<PresignedRequest>;

export interface Upload {
  /** Names the messages: the same when they are sent again. In hexadecimal, so it may be part of an object's name. */
  readonly id: string;
  /** Aborted when the gateway stops, or after `timeoutMs`. */
  readonly signal: AbortSignal;
}

/** Where and how to upload. */
export interface PresignedRequest {
  /** Never shown, but for its host. */
  readonly url: string | URL;
  /** @defaultValue `PUT` */
  readonly method?: string;
  /** What was signed along, or is wanted with it, e.g. `{ "x-ms-blob-type": "BlockBlob" }`. They win over those of the sink. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws GatewayError `CONFIG_INVALID` that shows no secret. */
export function requireHttpOptions(options: HttpSinkOptions): void {
  requireKnown("httpSink", options, [
    ...(["url", "presign", "name", "kinds", "mode", "token", "password"] as const),
    ...(["headers", "tls", "timeoutMs", "gzip"] as const),
  ]);
  const { kinds = [], mode = "batch", token, password, headers = {}, timeoutMs = 1 } = options;
  for (const kind of kinds) requireOneOf("httpSink", "kinds", kind, ALL_KINDS);
  requireOneOf("httpSink", "mode", mode, ["batch", "single"]);
  requireSecret("httpSink", "token", token);
  requireSecret("httpSink", "password", password);
  for (const [name, value] of Object.entries(headers)) {
    requireSecret("httpSink", `headers["${name}"]`, value);
    requireHeader(name, typeof value === "string" ? value.trim() : "", false);
  }
  if (typeof token === "string") requireHeader("authorization", token.trim(), false);
  requireTls(options.tls);
  if (timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS) return;
  throw invalid(`timeoutMs must be 1 to ${LONGEST_TIMER_MS}, got ${timeoutMs}`);
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * @throws GatewayError `CONFIG_INVALID`
 * @param retryable of the error: a value that was read when messages waited already says nothing about them
 */
export function requireHeader(name: string, value: string, retryable: boolean): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new GatewayError(
      "CONFIG_INVALID",
      // Without the cause: nobody promises that it will never show the value.
      `httpSink: headers must have valid names and values, got another in "${name}"`,
      { retryable, hint: "Look for line breaks and letters beyond Latin-1." },
    );
  }
}

/** @throws GatewayError `CONFIG_INVALID` that shows no more than the protocol. */
export function parseUrl(text: string | URL): URL {
  // Without a cause, which would show the whole URL. Always a copy: the caller's is not ours to change.
  const url = URL.parse(String(text));
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw invalid(`url must be http or https, got ${url?.protocol ?? "no absolute URL"}`);
}

export function invalid(message: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", `httpSink: ${message}`);
}
