import type { DriftRule, Normalizer } from "../core/model-card.ts";

/** Follows the slow wandering of each tag's normal level. Holds the state of one stream. */
export interface DriftFollower {
  /**
   * How far each tag's level has wandered from the center of training, shape `[tags]`, in the tag's unit. Changes with
   * every row that is pushed.
   */
  readonly offset: Float64Array;
  /** Takes in one row, `values[at]` on; an unknown cell changes nothing. */
  push(values: Float64Array, at: number): void;
}

/**
 * Creates a follower that starts where training ended.
 *
 * Every row moves a tag's level towards its value: by `period / time constant` of the distance, and by no more than
 * that share of `limit` spreads. A slow drift is followed; a step, however large, moves the level so slowly that it
 * stays strange for about the time constant.
 */
export function createDriftFollower(
  { center, scale, differenced }: Normalizer,
  { timeMs, limit, offset: start }: DriftRule,
  periodMs: number,
): DriftFollower {
  const rate = Math.min(1, periodMs / timeMs);
  const offset = Float64Array.from(start);
  const most = Float64Array.from(scale, (spread) => limit * spread);
  return {
    offset,
    push(values, at) {
      for (let tag = 0; tag < offset.length; tag += 1) {
        const value = values[at + tag] as number;
        if (!Number.isFinite(value) || differenced?.[tag]) continue;
        const level = offset[tag] as number;
        const distance = value - (center[tag] as number) - level;
        const bound = most[tag] as number;
        offset[tag] = level + rate * Math.min(bound, Math.max(-bound, distance));
      }
    },
  };
}
