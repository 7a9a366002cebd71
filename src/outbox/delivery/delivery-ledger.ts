import type { GatewayError } from "../../errors.ts";
import type { Sink, WriteResult } from "../../sinks/sink.ts";
import type { OutboxItem, OutboxQueue } from "../outbox.ts";
import { putOff } from "./attempt.ts";
import { type HeldItems, laneOf } from "./held-items.ts";

/** What was delivered since the sink was put behind the outbox. */
export interface DeliveryStats {
  /** Messages that the sink accepted. */
  readonly delivered: number;
  /** Their length, encoded as JSON and not compressed. */
  readonly deliveredBytes: number;
  /** Messages in attempts that came to nothing: one that failed three times counts three times. */
  readonly retried: number;
  /** Why the newest attempt failed; absent once a message was accepted. */
  readonly lastError?: GatewayError;
}

/** Enters in the queue what became of each message. */
export interface DeliveryLedger {
  /** Does to each item what the sink said of it. */
  settle(items: readonly OutboxItem[], result: WriteResult): Promise<void>;
  /** All of them were refused for good. */
  refuse(items: readonly OutboxItem[], error: GatewayError): Promise<void>;
  /** So many messages have to be sent again. */
  failed(count: number, error: GatewayError): void;
  /** Makes one that failed alone wait, so that the others can go on. */
  setAside(item: OutboxItem, error: GatewayError, isToBlame: boolean): Promise<void>;
  stats(): DeliveryStats;
}

export interface DeliveryLedgerOptions {
  readonly sink: Sink;
  readonly queue: OutboxQueue;
  readonly held: HeldItems;
  readonly maxTries: number;
}

export function deliveryLedger(options: DeliveryLedgerOptions): DeliveryLedger {
  const { sink, queue, held, maxTries } = options;
  let [delivered, deliveredBytes, retried] = [0, 0, 0];
  let lastError: GatewayError | undefined;

  const reject = async ({ sequence }: OutboxItem, reason: string): Promise<void> => {
    await queue.reject([sequence], reason);
    held.forget(sequence);
  };

  const accept = async (items: readonly OutboxItem[]): Promise<void> => {
    if (items.length === 0) return;
    await queue.acknowledge(items.map(({ sequence }) => sequence));
    for (const { sequence } of items) held.forget(sequence);
    delivered += items.length;
    deliveredBytes += bytesOf(items);
    lastError = undefined;
  };

  /** What has failed too often through its own fault goes to the dead letters. */
  const hold = async (
    item: OutboxItem,
    error: GatewayError,
    how: { readonly isToBlame: boolean; readonly isAlone: boolean },
  ): Promise<void> => {
    lastError = error;
    const tries = held.hold(item, error, how);
    if (tries >= maxTries) await reject(item, `failed ${tries} times: ${error.message}`);
  };

  return {
    async settle(items, result) {
      const kept = new Set(result.retry);
      const reasons = new Map(result.rejected.map(({ index, reason }) => [index, reason]));
      await accept(items.filter((_, index) => !kept.has(index) && !reasons.has(index)));
      const lastDone = items.findLastIndex((_, index) => !kept.has(index));
      const waiting = new Set<string>();
      for (const [index, item] of items.entries()) {
        const reason = reasons.get(index);
        const lane = laneOf(item.message);
        // What is put off at the end may only say that the link broke in the middle, and what is behind another one only waits for it.
        const how = { isToBlame: index < lastDone && !waiting.has(lane), isAlone: false };
        if (kept.has(index)) {
          waiting.add(lane);
          await hold(item, putOff(sink), how);
        } else if (reason !== undefined) await reject(item, reason);
      }
      retried += items.filter((_, index) => kept.has(index)).length;
    },
    async refuse(items, error) {
      lastError = error;
      for (const item of items) await reject(item, error.message);
    },
    failed(count, error) {
      lastError = error;
      retried += count;
    },
    setAside: (item, error, isToBlame) => hold(item, error, { isToBlame, isAlone: true }),
    stats: () => ({ delivered, deliveredBytes, retried, ...(lastError && { lastError }) }),
  };
}

export function bytesOf(items: readonly OutboxItem[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0);
}
