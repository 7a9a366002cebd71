import type { DriftRule, Normalizer } from "../core/model-card.ts";

/** Follows the slow wandering of each tag's normal level. Holds the state of one stream. */
export interface DriftFollower {
  /**
   * How far each tag's level has wandered from the center of training, shape `[tags]`, in the tag's unit. Changes with
   * every row that is pushed.
   */
  readonly offset: Float64Array;
  /** Takes in rows of `tags` cells, `values[from]` up to `values[to]`; an unknown cell changes nothing. */
  push(values: Float64Array, from: number, to: number): void;
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
  const boundOf = (tag: number): number =>
    differenced?.[tag] ? 0 : limit * (scale[tag] as number);
  /** One tag after the other: its level stays in a register for all rows. */
  const follow = (tag: number, values: Float64Array, from: number, to: number): void => {
    const bound = boundOf(tag);
    const middle = center[tag] as number;
    let level = offset[tag] as number;
    for (let cell = from + tag; cell < to; cell += offset.length) {
      let distance = (values[cell] as number) - middle - level;
      if (!Number.isFinite(distance)) continue;
      if (distance > bound) distance = bound;
      else if (distance < -bound) distance = -bound;
      level += rate * distance;
    }
    offset[tag] = level;
  };
  return {
    offset,
    push(values, from, to) {
      for (let tag = 0; tag < offset.length; tag += 1) follow(tag, values, from, to);
    },
  };
}
