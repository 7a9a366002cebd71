import { moments } from "./statistics.ts";
import { studentQuantile } from "./student.ts";

/** The scores are compared between so many stretches of time. */
const STRETCHES = 20;
/** Fewer independent scores than this promise nothing; the bound is taken as if there were so many. */
const FEWEST_INDEPENDENT = 4;
/** Chance of one more independent score to lie beyond the bound: nothing rarer can be promised from so few scores, nothing more often is wanted. */
const RAREST = 0.0001;
const COMMONEST = 0.02;
/** Room above the highest score, as a share of its distance from the mean, where not even one alarm should be in the recording. */
const HEADROOM = 0.25;

/**
 * Bounds the scores to come by mean and spread of those seen: the upper prediction bound of a normal variable,
 * `mean + t * deviation * sqrt(1 + 1 / n)`.
 *
 * Scores that follow each other resemble each other: `n` is the number of independent ones that would leave the mean as uncertain as
 * it is between stretches of time.
 *
 * @param scores in time order, at least one
 * @param allowed how many alarms the recording may show
 * @returns the bound, the number of independent scores it rests on, and the chance of one more to exceed it
 */
export function spreadBound(
  scores: Float64Array,
  allowed: number,
): { threshold: number; independent: number; chance: number } {
  const { mean, deviation } = moments(scores);
  const independent = Math.round(countIndependent(scores, deviation));
  const n = Math.max(FEWEST_INDEPENDENT, independent);
  const chance = Math.min(COMMONEST, Math.max(RAREST, allowed / n));
  const bound =
    studentQuantile(chance, n - 1) * deviation * Math.sqrt(n / (n - 1)) * Math.sqrt(1 + 1 / n);
  const highest = scores.reduce((most, score) => Math.max(most, score), mean);
  const room = allowed < 1 ? (1 + HEADROOM) * (highest - mean) : 0;
  return { threshold: mean + Math.max(bound, room), independent, chance };
}

function countIndependent(scores: Float64Array, deviation: number): number {
  const stretches = Math.min(STRETCHES, scores.length);
  const means = Float64Array.from({ length: stretches }, (_, stretch) => {
    const from = Math.floor((stretch * scores.length) / stretches);
    const to = Math.floor(((stretch + 1) * scores.length) / stretches);
    return moments(scores.subarray(from, to)).mean;
  });
  const between = moments(means).deviation ** 2 * (stretches / Math.max(1, stretches - 1));
  if (between === 0) return stretches;
  return Math.min(scores.length, (stretches * deviation ** 2) / between);
}
