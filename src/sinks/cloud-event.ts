import { createHash } from "node:crypto";
import type { EventPhase } from "../core/anomaly-event.ts";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { GatewayMessage } from "../core/gateway-message.ts";
import type { Delivery } from "./sink.ts";

/** Media type of one {@link CloudEvent}. */
export const CLOUD_EVENT_TYPE = "application/cloudevents+json; charset=utf-8";

/** Media type of a JSON array of {@link CloudEvent}. */
export const CLOUD_EVENT_BATCH_TYPE = "application/cloudevents-batch+json; charset=utf-8";

/** A message in the envelope of CloudEvents 1.0, the form in which it leaves the gateway. */
export interface CloudEvent {
  readonly specversion: "1.0";
  /** `<id>/<revision>`: with `source` it names this message, so a receiver can drop a repetition. */
  readonly id: string;
  /** The gateway: `/gateways/<gateway>`. */
  readonly source: string;
  readonly type:
    | `io.wheeltapper.${GatewayEvent["kind"]}.${EventPhase}`
    | `io.wheeltapper.${Exclude<GatewayMessage["kind"], GatewayEvent["kind"]>}`;
  /** The machine; of a report of losses the queue. */
  readonly subject: string;
  /** When it happened, RFC 3339 in UTC: the start in `opened`, else the newest moment that it speaks of. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** `true` for a message that has waited in the outbox; absent in a live one. */
  readonly replay?: true;
  /** The whole message; in JSON, a value that is not a number (`NaN`) is `null`. */
  readonly data: GatewayMessage;
}

/** Puts a message into its envelope. */
export function cloudEvent(message: GatewayMessage, delivery?: Delivery): CloudEvent {
  return {
    specversion: "1.0",
    id: messageId(message),
    source: `/gateways/${encodeURIComponent(message.gateway)}`,
    type: typeOf(message),
    subject: message.kind === "losses" ? message.queue : message.machine,
    time: new Date(timeOf(message)).toISOString(),
    datacontenttype: "application/json",
    ...(delivery?.isReplay && { replay: true }),
    data: message,
  };
}

function typeOf(message: GatewayMessage): CloudEvent["type"] {
  return "phase" in message
    ? `io.wheeltapper.${message.kind}.${message.phase}`
    : `io.wheeltapper.${message.kind}`;
}

/** When it happened, in epoch milliseconds. */
export function timeOf(message: GatewayMessage): number {
  if (message.kind === "label") return message.atMs;
  return "phase" in message && message.phase === "opened" ? message.startMs : message.endMs;
}

/** Names one message for ever; the same after a restart, so a receiver can tell a repetition. */
export function messageId({ id, revision }: Pick<GatewayMessage, "id" | "revision">): string {
  return `${id}/${revision}`;
}

/** Names a batch by its messages: the same for a repetition, in hexadecimal. */
export function batchId(batch: readonly GatewayMessage[]): string {
  const messages = batch.map((message) => messageId(message));
  return createHash("sha256").update(JSON.stringify(messages)).digest("hex");
}
