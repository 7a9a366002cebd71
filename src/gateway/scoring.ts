import { createMicroBatcher, type MicroBatcher } from "../batching/micro-batcher.ts";
import type { Overload } from "../batching/overload.ts";
import type { Scorer } from "../model/scorer.ts";
import type { Source } from "../sources/source.ts";
import type { ScoringHealth } from "./health.ts";

/** How the windows of machines share their models. */
export interface ScoringOptions {
  /**
   * Windows scored in one run at most.
   * @defaultValue 256, fewer where they have more than 16,384 cells
   */
  readonly maxBatch?: number;
  /**
   * How long a window waits at most for others to share its run. One that comes after a pause as long does not wait.
   * @defaultValue 5
   */
  readonly maxDelayMs?: number;
  /**
   * Windows that may wait for one model: what bounds the memory when scoring cannot keep up.
   * @defaultValue as many as fit into 32 MB, one batch at least: 16,384 of 32 frames x 8 tags
   */
  readonly maxWaiting?: number;
  /**
   * What gives way then; counted in `health().counters.drops.overload`. `widen-strides`: every machine scores every 2nd, 4th or 8th of its windows, until nothing
   * waits any more. `drop-oldest`: the oldest window of the machine with most of them. `wait`: nothing, and memory grows; for tests that push a long recording at
   * once. A `traceSource` without `speed` is held back instead, and loses nothing.
   * @defaultValue `widen-strides`
   */
  readonly overload?: Overload;
}

/** Where the machines of a gateway get their scores. */
export interface Scoring {
  /** The same for all machines with this model. */
  batcherOf(model: Scorer): MicroBatcher;
  health(): readonly ScoringHealth[];
}

/** Creates a batcher for every model that is asked for. */
export function createScoring(options: ScoringOptions, sources: readonly Source[]): Scoring {
  const batchers = new Map<Scorer, MicroBatcher>();
  const holdable = sources.flatMap(({ hold }) => hold ?? []);
  const canWait = holdable.length === sources.length;
  return {
    batcherOf(model) {
      for (const [other, { isSpent }] of batchers) if (isSpent()) batchers.delete(other);
      const batcher =
        batchers.get(model) ??
        createMicroBatcher(model, {
          overload: "widen-strides",
          ...options,
          ...(canWait && { overload: "wait" }),
          onFull: (room) => {
            for (const hold of holdable) hold(room);
          },
        });
      batchers.set(model, batcher);
      return batcher;
    },
    health: () =>
      [...batchers.values()]
        .filter(({ isSpent }) => !isSpent())
        .map(({ model, health }) => ({
          model: model.identity,
          thread: model.place?.() ?? "main",
          ...health(),
        })),
  };
}
