import type { DriftRule, Normalizer } from "../../core/model-card.ts";
import { createDriftFollower } from "../../math/drift-follower.ts";
import { normalized, stepAt } from "../../math/normalizer.ts";
import type { RowSpan } from "../../math/row-run.ts";

/** How levels are followed, wherever they start. */
export type DriftPace = Pick<DriftRule, "timeMs" | "limit">;

export interface PreparedFrames {
  /** Shape `[rows, tags]`, normalized; rows outside of the runs are 0. */
  readonly frames: Float32Array;
  /** Shape `[tags]`: where the levels were after the last row, engineering units. */
  readonly offset: readonly number[];
}

/**
 * Normalizes the rows of the runs as a stream of windows would see them: with levels that are followed from row to row.
 *
 * @param values shape `[rows, tags]`, engineering units, known throughout the runs
 * @param runs in time order; levels go on from one to the next
 */
export function prepareFrames(
  values: Float64Array,
  runs: readonly RowSpan[],
  normalizer: Normalizer,
  drift: DriftPace,
  periodMs: number,
): PreparedFrames {
  const { differenced } = normalizer;
  const tags = normalizer.center.length;
  const frames = new Float32Array(values.length);
  const start = { ...drift, offset: new Array<number>(tags).fill(0) };
  const follower = createDriftFollower(normalizer, start, periodMs);
  for (const { from, to } of runs) {
    const run = values.subarray(from * tags, to * tags);
    for (let cell = 0, tag = 0; cell < run.length; cell += 1) {
      const level = follower.offset[tag] as number;
      const x = differenced?.[tag] ? stepAt(run, cell, tags) : (run[cell] as number) - level;
      frames[from * tags + cell] = normalized(x, tag, normalizer);
      tag += 1;
      if (tag < tags) continue;
      tag = 0;
      follower.push(run, cell - tags + 1, cell + 1);
    }
  }
  return { frames, offset: [...follower.offset] };
}
