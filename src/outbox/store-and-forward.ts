import { GatewayError } from "../errors.ts";
import { requireKnown } from "../math/range-checks.ts";
import { ALL_ACCEPTED, type Sink } from "../sinks/sink.ts";
import { type BackOffOptions, backOff } from "./back-off.ts";
import type { Outbox, QueueStats } from "./outbox.ts";
import { startPump } from "./pump.ts";

export interface StoreAndForwardOptions extends BackOffOptions {
  /**
   * Most events in one write.
   * @defaultValue 100
   */
  readonly batchLength?: number;
}

/** What has become of the events since the sink was made, for health and metrics. */
export interface ForwardStats extends QueueStats {
  /** Events that the inner sink accepted. */
  readonly delivered: number;
  /** Events that the outbox had no room for; they are with the caller, who may write them again. */
  readonly refused: number;
  /** Why the newest attempt failed; absent once an event was accepted. */
  readonly lastError?: GatewayError;
}

/** A sink whose `write` waits for the disk and never for the network. */
export interface StoreAndForwardSink extends Sink {
  stats(): ForwardStats;
}

/**
 * Puts the outbox before a sink: `write` resolves once the batch is durably in the queue named after the sink, and a
 * pump hands the queue on, beginning with what an earlier run left.
 *
 * Delivered oldest first and at least once: nothing is forgotten before the inner sink accepted it, so a crash in
 * between sends it again, with the same `id` and `revision`. An event that the inner sink asks to `retry` can be
 * overtaken by others of its batch.
 *
 * A retryable error makes the pump wait: between 0 and 1 s at first, doubling up to 60 s, at random so that a fleet
 * does not come back all at once, and on top of what the receiver asked for (`retryAfterMs` of the cause).
 * Any other error rejects the batch; a batch of several is then tried event by event, so that a poisoned one goes to
 * the dead letters alone.
 *
 * `close` aborts the running write, waits for it and closes the inner sink; the outbox stays open, whoever opened it
 * closes it, afterwards.
 */
export function storeAndForward(
  sink: Sink,
  outbox: Outbox,
  options: StoreAndForwardOptions = {},
): StoreAndForwardSink {
  requireKnown("storeAndForward", options, ["batchLength", "retryFirstMs", "retryMaxMs", "random"]);
  const { batchLength = 100, ...backOffOptions } = options;
  if (!Number.isSafeInteger(batchLength) || batchLength < 1) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `batchLength of ${sink.name}: expected a positive integer, got ${batchLength}`,
    );
  }
  const retries = backOff(backOffOptions);
  const queue = outbox.queue(sink.name);
  const pump = startPump({ sink, queue, retries, batchLength });
  let refused = 0;
  let closing: Promise<void> | undefined;

  return {
    name: sink.name,
    async write(batch) {
      try {
        await queue.append(batch);
      } catch (error) {
        refused += batch.length;
        throw error;
      }
      pump.ring();
      return ALL_ACCEPTED;
    },
    stats() {
      const lastError = pump.lastError();
      return {
        ...queue.stats(),
        delivered: pump.delivered(),
        refused,
        ...(lastError === undefined ? {} : { lastError }),
      };
    },
    close() {
      closing ??= pump.stop().then(() => sink.close());
      return closing;
    },
  };
}
