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
  const weightAfter = (distanceMs: number): number => -Math.expm1(-distanceMs / timeMs);
  /** In one object: a number that a closure keeps, or that is handed on, takes new memory each time. */
  const past = {
    lastMs: Number.NEGATIVE_INFINITY,
    /** Distance of the last scores that followed each other, and what a score counts after that. */
    stepMs: Number.NaN,
    stepWeight: Number.NaN,
    /** What the score counts that is taken in now. */
    weight: Number.NaN,
    value: 0,
    /** Of the threshold above the usual one. */
    rise: 0,
  };
  let parts = new Float64Array(); // of the tags in the average

  /** Goes on to the time of the next score. */
  const pass = ({ endMs }: WindowResult): void => {
    const elapsedMs = Math.max(0, endMs - past.lastMs);
    past.lastMs = endMs;
    if (elapsedMs !== past.stepMs) passUnusual(elapsedMs);
    else past.weight = past.stepWeight;
  };

  /** Learns a new distance, or lets the past fade over what was not scored. */
  const passUnusual = (elapsedMs: number): void => {
    const isFirst = elapsedMs === Number.POSITIVE_INFINITY;
    if (!isFirst && elapsedMs > 0 && !(elapsedMs > MOST_STEPS * past.stepMs)) {
      past.stepMs = elapsedMs;
      past.stepWeight = weightAfter(elapsedMs);
    }
    const countedMs = Math.min(elapsedMs, Number.isNaN(past.stepMs) ? strideMs : past.stepMs);
    const kept = Math.exp((countedMs - elapsedMs) / timeMs);
    past.value *= kept;
    past.rise *= kept;
    past.weight = weightAfter(countedMs);
  };

  /** A strange window says more of where to look than the normal ones before it. */
  const averageShares = ({ shares, value: strangeness }: WindowResult): void => {
    if (parts.length !== shares.length) parts = new Float64Array(shares.length);
    const { weight } = past;
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
      pass(result);
      const { weight } = past;
      past.value += weight * (result.value - past.value);
      past.rise += weight * (result.threshold - usualThreshold - past.rise);
      averageShares(result);
      const threshold = usualThreshold + past.rise;
      result.warningThreshold += threshold - result.threshold;
      result.threshold = threshold;
      result.value = past.value;
      result.verdict = past.value >= threshold ? "anomalous" : "normal";
    },
  };
}
