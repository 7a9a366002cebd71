import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import { GatewayError } from "../../errors.ts";
import type { Connection, HttpReply, HttpRequest } from "./connection.ts";
import { type Destination, locator } from "./destination.ts";
import type { HttpSinkOptions } from "./http-options.ts";
import { putsOff, refusal } from "./refusal.ts";
import { resolveTls } from "./tls.ts";
import { unreachable } from "./unreachable.ts";
import { withinTime } from "./within-time.ts";

/** What one request carries. */
export interface Envelope {
  readonly messages: readonly GatewayMessage[];
  readonly body: string;
  readonly contentType: string;
  /** Names body and receiver's work on it, for ever. */
  readonly idempotencyKey: string;
}

/** An answer that is no success. */
export interface Refused {
  readonly status: number;
  readonly error: GatewayError;
}

/**
 * Sends one request. Resolves with the refusal; with `undefined` when the messages were taken, and the whole answer was read.
 *
 * @throws GatewayError `SINK_UNREACHABLE` when there was no answer, or `resolveSecret`'s
 */
export type Send = (envelope: Envelope, signal: AbortSignal) => Promise<Refused | undefined>;

export function sender(options: HttpSinkOptions, connection: Connection): Send {
  const { timeoutMs = 10_000, gzip: isCompressed = true, tls } = options;
  const locate = locator(options);
  const isPresigned = options.presign !== undefined;

  const exchange = async (
    { messages, contentType, idempotencyKey }: Envelope,
    body: Buffer,
    stopping: AbortSignal,
  ): Promise<Exchanged> => {
    let destination: Destination | undefined;
    const attempt = async (signal: AbortSignal): Promise<Exchanged> => {
      destination = await locate(messages, signal);
      const { url, method } = destination;
      const headers = {
        ...(isCompressed && { "content-encoding": "gzip" }),
        "content-type": contentType,
        ...(!isPresigned && { "idempotency-key": `"${idempotencyKey}"` }),
        ...destination.headers,
      };
      const request: HttpRequest = { url, method, headers, body, tls: await resolveTls(tls) };
      return { destination, reply: await connection.request(request, signal) };
    };
    try {
      return await withinTime(timeoutMs, stopping, attempt);
    } catch (error) {
      throw error instanceof GatewayError ? error : unreachable(destination, error);
    }
  };

  return async (envelope, stopping) => {
    const body = isCompressed ? await promisify(gzip)(envelope.body) : Buffer.from(envelope.body);
    let { destination, reply } = await exchange(envelope, body, stopping);
    if (isPresigned && reply.status === 403) {
      ({ destination, reply } = await exchange(envelope, body, stopping));
    }
    const { status } = reply;
    if (status >= 200 && status < 300) return undefined;
    // A store does not look into what it keeps: no answer of it speaks of the messages.
    return { status, error: refusal(destination, reply, isPresigned || putsOff(status)) };
  };
}

interface Exchanged {
  readonly destination: Destination;
  readonly reply: HttpReply;
}
