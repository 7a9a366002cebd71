import type { IncidentPattern } from "../core/label.ts";

/** Each false alarm raises the threshold by this share of the model's. */
export const STEP = 0.05;
/** All of them together by no more than this share. */
export const MOST = 0.5;

/** What an incident reached, and what it had to reach. */
export type Height = Pick<IncidentPattern, "score" | "threshold">;

/**
 * By how much false alarms raise the threshold of a model, from 0 on. Three bounds, of which the lowest counts:
 * - a step for each false alarm that a raised threshold can hold back: one with a score of at most `1 + MOST` times the model's threshold;
 * - as far as the highest of these reached: more would have held back no other;
 * - half of what the weakest fault was above the threshold of its time: raised like this, that fault is still found. A fault below the
 *   threshold leaves no room at all.
 *
 * @param threshold the model's own, above zero
 */
export function thresholdRaise(
  threshold: number,
  falseAlarms: readonly Height[],
  faults: readonly Height[],
): number {
  const reached = falseAlarms
    .map(({ score }) => score - threshold)
    .filter((above) => above >= 0 && above <= MOST * threshold);
  const wanted = Math.min(
    STEP * threshold * reached.length,
    MOST * threshold,
    Math.max(0, ...reached),
  );
  const room = faults.map((fault) => (fault.score - fault.threshold) / 2);
  return Math.max(0, Math.min(wanted, ...room));
}
