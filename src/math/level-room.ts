import { studentQuantile } from "./student.ts";

/** How rarely a normal value may lie beyond its bound: about one second in a day. */
const CHANCE = 1e-5;
/** Degrees of freedom from which on Student's distribution is the normal one. */
const MANY = 1_000;

/** By how much the prediction bound after so many independent values is wider than that of a known normal variable. */
export function boundRatio(samples: number): number {
  const bound = studentQuantile(CHANCE, Math.max(1, samples - 1)) * Math.sqrt(1 + 1 / samples);
  return bound / studentQuantile(CHANCE, MANY);
}

/** Numbers of values that are told apart; coarser than needed rather than slow. */
const TOLD_APART = [500, 250, 120, 60, 30, 20, 15, 10, 8, 6, 5, 4, 3] as const;
/** When a level has shown so few, no more is known of it than that it is somewhere. */
const FEWEST = 2;

let ratios: readonly number[] | undefined; // made when first asked for: some milliseconds

/**
 * How many independent values of a tag's level a recording has shown, found back from the room that its card gives the tag: the inverse of
 * {@link boundRatio}, rounded down.
 *
 * @param levelVariance as in the calibration of a card: in units of the tag's own variance, 0 or more
 * @returns 2 to 500
 */
export function samplesBehind(levelVariance: number): number {
  ratios ??= TOLD_APART.map(boundRatio);
  const ratio = Math.sqrt(1 + levelVariance);
  const place = ratios.findIndex((one) => one >= ratio);
  return TOLD_APART[place] ?? FEWEST;
}
