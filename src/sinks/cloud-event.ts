import { createHash } from "node:crypto";
import type { EventPhase } from "../core/anomaly-event.ts";
import type { GatewayEvent } from "../core/gateway-event.ts";

/** Media type of a JSON array of {@link CloudEvent}. */
export const CLOUD_EVENT_BATCH_TYPE = "application/cloudevents-batch+json; charset=utf-8";

/** An event in the envelope of CloudEvents 1.0, the form in which it leaves the gateway. */
export interface CloudEvent {
  readonly specversion: "1.0";
  /** `<event id>/<revision>`: with `source` it names this message, so a receiver can drop a repetition. */
  readonly id: string;
  /** The gateway: `/gateways/<gateway>`. */
  readonly source: string;
  readonly type: `io.wheeltapper.${GatewayEvent["kind"]}.${EventPhase}`;
  /** The machine. */
  readonly subject: string;
  /** When it happened, RFC 3339 in UTC: the start in `opened`, else the newest frame that shows it. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** The whole event; in JSON, a value that is not a number (`NaN`) is `null`. */
  readonly data: GatewayEvent;
}

/** Puts an event into its envelope. */
export function cloudEvent(event: GatewayEvent): CloudEvent {
  return {
    specversion: "1.0",
    id: messageId(event),
    source: `/gateways/${encodeURIComponent(event.gateway)}`,
    type: `io.wheeltapper.${event.kind}.${event.phase}`,
    subject: event.machine,
    time: new Date(event.phase === "opened" ? event.startMs : event.endMs).toISOString(),
    datacontenttype: "application/json",
    data: event,
  };
}

/** Names one message of an incident or fault; the same after a restart, so a receiver can tell a repetition. */
export function messageId({ id, revision }: Pick<GatewayEvent, "id" | "revision">): string {
  return `${id}/${revision}`;
}

/** Names a batch by its messages: the same for a repetition, in hexadecimal. */
export function batchId(batch: readonly GatewayEvent[]): string {
  const messages = batch.map((event) => messageId(event));
  return createHash("sha256").update(JSON.stringify(messages)).digest("hex");
}
