import type { WindowResult } from "./window-result.ts";

/** Scores that come after more than so many times the distance of the last ones come after a gap. */
const MOST_STEPS = 2;
/** What a window that is not strange at all still counts in the average over shares. */
const LEAST_STRANGE = 0.1;

export interface SmootherOptions {
  /** Time constant, above zero. */
  readonly timeMs: number;
  /** Usual distance of the scores, until they show it. */
  readonly strideMs: number;
  /** Threshold of a window that has no holes. */
  readonly threshold: number;
}

/** Smooths the scores of one stream. */
export interface ScoreSmoother {
  /** Averages value, thresholds and shares of the next result over the past, in place; one that judged nothing is left as it is. */
  push(result: WindowResult): void;
}

/**
 * Creates an exponentially weighted moving average (Roberts 1959): a score counts by `exp(-age / timeMs)`.
 *
 * Looks at the past alone. Where there was none, at the start and in a gap, scores are taken to have been usual, 0: one window must not speak for
 * all the time in which nothing was scored. Thresholds, which holes in a window raise, are averaged as the values are: a value that a hole has raised fades no
 * faster than its threshold. Shares are averaged by how strange their windows were.
 */
export function createScoreSmoother({
  timeMs,
  strideMs,
  threshold: usualThreshold,
}: SmootherOptions): ScoreSmoother {
  let lastMs = Number.NEGATIVE_INFINITY;
  let stepMs: number | undefined; // distance of the last scores that followed each other
  let value = 0;
  let rise = 0; // of the threshold above the usual one
  let parts = new Float64Array(); // of the tags in the average

  /** Lets the past fade over what was not scored, and says how much the next score counts. */
  const pass = (endMs: number): number => {
    const elapsedMs = Math.max(0, endMs - lastMs);
    lastMs = endMs;
    const isFirst = elapsedMs === Number.POSITIVE_INFINITY;
    const isGap = isFirst || elapsedMs > MOST_STEPS * (stepMs ?? elapsedMs);
    if (!isGap && elapsedMs > 0) stepMs = elapsedMs;
    const countedMs = Math.min(elapsedMs, stepMs ?? strideMs);
    const kept = Math.exp((countedMs - elapsedMs) / timeMs);
    value *= kept;
    rise *= kept;
    return -Math.expm1(-countedMs / timeMs);
  };

  /** A strange window says more of where to look than the normal ones before it. */
  const averageShares = ({ shares, value: strangeness }: WindowResult, weight: number): void => {
    if (parts.length !== shares.length) parts = new Float64Array(shares.length);
    let sum = 0;
    for (let tag = 0; tag < shares.length; tag += 1) {
      const part = (shares[tag] as number) * Math.max(LEAST_STRANGE, strangeness);
      parts[tag] = (parts[tag] as number) + weight * (part - (parts[tag] as number));
      sum += parts[tag] as number;
    }
    if (sum <= 0) return;
    for (let tag = 0; tag < shares.length; tag += 1) shares[tag] = (parts[tag] as number) / sum;
  };

  return {
    push(result) {
      if (result.verdict !== "normal" && result.verdict !== "anomalous") return;
      const weight = pass(result.endMs);
      value += weight * (result.value - value);
      rise += weight * (result.threshold - usualThreshold - rise);
      averageShares(result, weight);
      const threshold = usualThreshold + rise;
      if (result.warningThreshold !== undefined) {
        result.warningThreshold += threshold - result.threshold;
      }
      result.threshold = threshold;
      result.value = value;
      result.verdict = value >= threshold ? "anomalous" : "normal";
    },
  };
}
