import { quantile } from "../statistics.ts";

/** A range of values that a tag hardly ever has, with something near nothing below it. */
export interface LevelGap {
  readonly below: number;
  readonly above: number;
  /** Width of the gap in the distance of the usual values on both sides; 1 for a tag that is on or off. */
  readonly clearness: number;
}

/** At least this share of the values must lie on either side: less is an accident. */
const LEAST_SIDE = 0.02;
/** Values that may lie in the gap: of a machine that is just starting or running down. */
const MOST_INSIDE = 0.01;
/** A level of this share of the usual one is as good as nothing. */
export const NEAR_ZERO = 0.1;
const LEAST_CLEARNESS = 0.3;
/** The values below may spread over this share of the gap. */
const MOST_SPREAD = 0.2;

/** Finds the gap between nothing and the usual values of a tag, if there is one. */
export function findLevelGap(sorted: Float64Array): LevelGap | undefined {
  const side = Math.ceil(sorted.length * LEAST_SIDE);
  const inside = Math.floor(sorted.length * MOST_INSIDE);
  let last = -1; // below the gap
  let width = 0;
  for (let place = side - 1; place + inside + 1 <= sorted.length - side; place += 1) {
    const gap = (sorted[place + inside + 1] as number) - (sorted[place] as number);
    if (gap > width) [last, width] = [place, gap];
  }
  if (last < 0) return undefined;
  const low = sorted.subarray(0, last + 1);
  const high = sorted.subarray(last + inside + 1);
  const [floor, level] = [quantile(low, 0.5), quantile(high, 0.5)];
  const clearness = width / (level - floor);
  const isNothing = Math.abs(floor) <= NEAR_ZERO * Math.abs(level);
  const isFlat = quantile(low, 0.95) - quantile(low, 0.05) <= MOST_SPREAD * width;
  if (!(isNothing && isFlat && clearness >= LEAST_CLEARNESS)) return undefined;
  return { below: low[last] as number, above: high[0] as number, clearness };
}
