import { GatewayError } from "../errors.ts";
import { requireKnown, requireNotNegative } from "../math/range-checks.ts";
import { EVENT_KINDS, type Sink } from "./sink.ts";

export interface FallbackOptions {
  /**
   * Unique within a gateway; the outbox keeps a queue of this name.
   * @defaultValue the name of the first sink
   */
  readonly name?: string;
  /**
   * How long the first one has to fail before the second one gets anything.
   * @defaultValue 60_000
   */
  readonly afterMs?: number;
}

/**
 * Writes to the first sink, and to the second one when the first has been out of reach for some time: to a file, or over another link.
 * It is asked first again with every batch, so that it goes back by itself with the first one that it takes.
 *
 * Only what may pass (a retryable error, or a defect) counts as out of reach; what the first refuses for good, and what it puts off item by item, is its
 * answer. The second gets nothing of a kind that it does not take: a batch with such a message waits for the first.
 *
 * Delivery: each message to one of the two, at least once; in both, where the first had taken it and could not say so. In order within each of them, not
 * between the two. `close` closes both.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write`, what the sink that was asked last throws
 */
export function fallback(first: Sink, second: Sink, options: FallbackOptions = {}): Sink {
  requireKnown("fallback", options, ["name", "afterMs"]);
  const { name = first.name, afterMs = 60_000 } = options;
  requireNotNegative("fallback", { afterMs });
  const { kinds = EVENT_KINDS } = first;
  const { kinds: secondKinds = EVENT_KINDS } = second;
  let awaySinceMs: number | undefined;

  return {
    name,
    kinds,
    async write(batch, signal, delivery) {
      try {
        const result = await first.write(batch, signal, delivery);
        awaySinceMs = undefined;
        return result;
      } catch (error) {
        if (error instanceof GatewayError && !error.retryable) throw error;
        const now = performance.now();
        awaySinceMs ??= now;
        const isReady = !signal.aborted && now - awaySinceMs >= afterMs;
        const isTaken = batch.every(({ kind }) => secondKinds.includes(kind));
        if (!isReady || !isTaken) throw error;
        return second.write(batch, signal, delivery);
      }
    },
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}
