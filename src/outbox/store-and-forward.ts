import { GatewayError } from "../errors.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
  requirePositive,
} from "../math/range-checks.ts";
import { ALL_ACCEPTED, EVENT_KINDS, type Sink } from "../sinks/sink.ts";
import { type BackOff, type BackOffOptions, backOff } from "./delivery/back-off.ts";
import { bandwidth } from "./delivery/bandwidth.ts";
import { type DeliveryStats, deliveryLedger } from "./delivery/delivery-ledger.ts";
import { heldItems } from "./delivery/held-items.ts";
import { type DeliveryOrder, nextBatch } from "./delivery/next-batch.ts";
import { startPump } from "./delivery/pump.ts";
import type { Outbox, QueueStats } from "./outbox.ts";

export interface StoreAndForwardOptions extends BackOffOptions {
  /**
   * Most messages in one write.
   * @defaultValue 100
   */
  readonly batchLength?: number;
  /**
   * Most bytes of messages in one write, encoded as JSON and not compressed; a message that is larger goes alone.
   * @defaultValue 1_048_576 (1 MiB)
   */
  readonly batchBytes?: number;
  /**
   * How long the oldest message of a batch that is not full may wait for more.
   * @defaultValue 0: everything goes at once
   */
  readonly lingerMs?: number;
  /**
   * What goes first when the receiver is back: the oldest of all, or what was stored since the last failed attempt and only then the
   * backlog. Each of the two is in order; `live-first` gives up the order between them, so that an event may be heard to be
   * closed before it is heard to be opened, and as long as the link is filled by what is new, the backlog waits.
   * @defaultValue `oldest-first`
   */
  readonly order?: DeliveryOrder;
  /**
   * A message that has waited for longer is late: it is not sent together with live ones, and the sink is told.
   * @defaultValue 60_000
   */
  readonly replayAfterMs?: number;
  /**
   * Most bytes a second, on average, encoded as JSON and not compressed; failed attempts count. A batch holds no more than one second's
   * worth, or one message.
   * @defaultValue no limit
   */
  readonly maxBytesPerS?: number;
  /**
   * After so many failures that were a message's own fault it goes to the dead letters: those that came while others were
   * delivered. That the receiver is away never counts.
   * @defaultValue 20
   */
  readonly maxTries?: number;
}

/** What has become of the messages since the sink was made, for health and metrics. */
export interface ForwardStats extends QueueStats, DeliveryStats {
  /** Messages that the outbox had no room for; they are with the caller, who may write them again. */
  readonly refused: number;
}

/** A sink whose `write` waits for the disk and never for the network. */
export interface StoreAndForwardSink extends Sink {
  stats(): ForwardStats;
}

/**
 * Puts the outbox before a sink: `write` resolves once the batch is durably in the queue named after the sink, and a
 * pump hands the queue on, beginning with what an earlier run left. Messages of a kind that the sink does not take are not stored.
 *
 * Delivered at least once: nothing is forgotten before the inner sink accepted it, so a crash in between sends it again, with the
 * same `id` and `revision`. And in order: a message is sent after all older ones of its machine, or in the same batch. There are three
 * exceptions: what is new, with `live-first`; what stood behind, in the same batch, a message that the sink asks to `retry`; and one
 * message behind one that has failed alone three times, by which to see whether the receiver takes any.
 *
 * A retryable error makes the pump wait: between 0 and 1 s at first, doubling up to 60 s, at random so that a fleet
 * does not come back all at once, and on top of what the receiver asked for (`retryAfterMs` of the cause). With each failure the batch
 * is halved, with each success doubled, down to the one message that cannot be delivered, should there be one. When it fails and the next one does
 * not, or when the sink asks to `retry` it and takes later ones, it is tried again at growing distances; its machine waits for it, others go on, and after
 * `maxTries` it is a dead letter. So it is at once when it is refused by an error that is not retryable: a batch of several is then tried one by one.
 * A sink that throws something else than a `GatewayError` is tried again as well, up to `maxTries` for each message.
 *
 * `close` aborts the running write, waits for it and closes the inner sink; the outbox stays open, whoever opened it
 * closes it, afterwards.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write`, as {@link Outbox} `append`
 */
export function storeAndForward(
  sink: Sink,
  outbox: Outbox,
  options: StoreAndForwardOptions = {},
): StoreAndForwardSink {
  const { batchLength, batchBytes, maxBytesPerS, maxTries, ...choice } = checked(sink, options);
  const { kinds = EVENT_KINDS } = sink;
  const newBackOff = (): BackOff => backOff(options);
  const retries = newBackOff();
  const queue = outbox.queue(sink.name);
  const steadyMs = (): number => performance.now();
  const held = heldItems(newBackOff, steadyMs);
  const batches = nextBatch({
    ...{ queue, held, kinds, batchLength, ...choice },
    batchBytes: Math.min(batchBytes, maxBytesPerS),
    timeMs: () => Date.now(),
  });
  const pace = bandwidth(maxBytesPerS, steadyMs);
  const ledger = deliveryLedger({ sink, queue, held, maxTries });
  const pump = startPump({ sink, ledger, held, retries, pace, batchLength, nextBatch: batches });
  let refused = 0;
  let closing: Promise<void> | undefined;

  return {
    name: sink.name,
    kinds,
    async write(batch) {
      const wanted = batch.filter(({ kind }) => kinds.includes(kind));
      try {
        await queue.append(wanted);
      } catch (error) {
        refused += wanted.length;
        throw error;
      }
      pump.ring();
      return ALL_ACCEPTED;
    },
    stats: () => ({ ...queue.stats(), ...ledger.stats(), refused }),
    close() {
      closing ??= pump.stop().then(() => sink.close());
      return closing;
    },
  };
}

/** Fills in the defaults. */
function checked({ name }: Sink, options: StoreAndForwardOptions) {
  const owner = `storeAndForward of ${name}`;
  requireKnown(owner, options, [
    ...(["batchLength", "batchBytes", "lingerMs", "order", "replayAfterMs"] as const),
    ...(["maxBytesPerS", "maxTries", "retryFirstMs", "retryMaxMs", "random"] as const),
  ]);
  const { batchLength = 100, batchBytes = 1024 * 1024, maxTries = 20 } = options;
  const { lingerMs = 0, replayAfterMs = 60_000, order = "oldest-first" } = options;
  const { maxBytesPerS = Number.POSITIVE_INFINITY } = options;
  requireCount(owner, { batchLength, batchBytes, maxTries });
  requireNotNegative(owner, { lingerMs });
  requirePositive(owner, { replayAfterMs });
  requireOneOf(owner, "order", order, ["oldest-first", "live-first"]);
  if (options.maxBytesPerS !== undefined) requirePositive(owner, { maxBytesPerS });
  if (lingerMs >= replayAfterMs) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: lingerMs must be below replayAfterMs (${replayAfterMs}), got ${lingerMs}`,
    );
  }
  return { batchLength, batchBytes, lingerMs, order, replayAfterMs, maxBytesPerS, maxTries };
}
