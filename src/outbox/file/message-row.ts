import { crc32 } from "node:zlib";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import { decodeMessage, encodeMessage } from "../../math/message-json.ts";
import type { OutboxItem } from "../outbox.ts";
import { stratumOf, type Worth, worthOf } from "./worth.ts";

/** A message and what is written of it. */
export interface EncodedMessage {
  readonly message: GatewayMessage;
  readonly body: Uint8Array;
  readonly worth: Worth;
  readonly stratum: number;
  /** About what it takes of the file. */
  readonly bytes: number;
}

/** What was stored; a damaged file may answer anything. */
export interface StoredRow {
  readonly body?: unknown;
  readonly checksum?: unknown;
  readonly thinned?: unknown;
  readonly appended_ms?: unknown;
}

/** A row in its place in a queue. */
export interface WaitingRow extends StoredRow {
  readonly sequence?: unknown;
}

/** What a message takes beside its payload: rows, indices, half-filled pages. */
const OVERHEAD_BYTES = 512;

export function encode(message: GatewayMessage): EncodedMessage {
  const body = Buffer.from(encodeMessage(message));
  return {
    message,
    body,
    worth: worthOf(message),
    stratum: stratumOf(message),
    bytes: body.length + OVERHEAD_BYTES,
  };
}

/**
 * Returns the message of a row, or the reason why there is none. SQLite notices a damaged page, but hands out a damaged
 * payload as good data; the checksum does notice it.
 *
 * A capture that was thinned speaks for those that had to go: each time its chance of being here was halved.
 */
export function decodeRow({ body, checksum, thinned }: StoredRow): GatewayMessage | string {
  if (!(body instanceof Uint8Array)) return "damaged record: the payload is gone";
  const actual = crc32(body);
  if (actual !== checksum) return `damaged record: expected checksum ${checksum}, got ${actual}`;
  try {
    const message = decodeMessage(Buffer.from(body).toString());
    if (message.kind !== "capture" || !thinned) return message;
    const inclusionProbability = message.inclusionProbability * 2 ** -Number(thinned);
    return { ...message, inclusionProbability };
  } catch (error) {
    return `unreadable record: ${error}`;
  }
}

export function bodyBytes({ body }: StoredRow): number {
  return body instanceof Uint8Array ? body.length : 0;
}

export function itemOf(sequence: number, row: StoredRow, message: GatewayMessage): OutboxItem {
  return { sequence, appendedMs: Number(row.appended_ms), bytes: bodyBytes(row), message };
}
