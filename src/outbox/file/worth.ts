import { crc32 } from "node:zlib";
import type { GatewayMessage } from "../../core/gateway-message.ts";

/**
 * The order in which messages give way when the outbox is full, the first first: windows of normal operation (there are
 * more of the kind), summaries of scores (a gap in a curve), windows of events (the event itself stays). What happened to
 * a machine and what people said of it never gives way.
 */
export const WORTH = { sampled: 1, summary: 2, evidence: 3, never: 4 } as const;

export type Worth = (typeof WORTH)[keyof typeof WORTH];

export function worthOf(message: GatewayMessage): Worth {
  if (message.kind === "score-summary") return WORTH.summary;
  if (message.kind !== "capture") return WORTH.never;
  return message.reason === "event" ? WORTH.evidence : WORTH.sampled;
}

/**
 * What a sampled window is one of many of: only windows of one machine, model and reason are thinned against each other, so
 * that two machines that take turns are not thinned to one of them. 0 for everything else.
 */
export function stratumOf(message: GatewayMessage): number {
  if (message.kind !== "capture" || message.reason === "event") return 0;
  return crc32(JSON.stringify([message.machine, message.model.sha256, message.reason]));
}
