import type { Contribution, Score } from "../core/score.ts";

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
  /** The next score, with value, thresholds and shares averaged over the past; one that judged nothing is given back as it is. */
  push(score: Score): Score;
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
  const averageShares = (
    { contributions, value: strangeness }: Score,
    weight: number,
  ): Contribution[] => {
    if (parts.length !== contributions.length) parts = new Float64Array(contributions.length);
    let sum = 0;
    contributions.forEach(({ share }, tag) => {
      const part = share * Math.max(LEAST_STRANGE, strangeness);
      parts[tag] = (parts[tag] as number) + weight * (part - (parts[tag] as number));
      sum += parts[tag] as number;
    });
    return contributions.map((one, tag) => ({
      ...one,
      share: sum > 0 ? (parts[tag] as number) / sum : one.share,
    }));
  };

  return {
    push(score) {
      if (score.verdict !== "normal" && score.verdict !== "anomalous") return score;
      const weight = pass(score.endMs);
      value += weight * (score.value - value);
      rise += weight * (score.threshold - usualThreshold - rise);
      const contributions = averageShares(score, weight);
      const threshold = usualThreshold + rise;
      const verdict = value >= threshold ? "anomalous" : "normal";
      return { ...shifted(score, threshold - score.threshold), value, verdict, contributions };
    },
  };
}

/** The score with its thresholds so much higher. */
function shifted(score: Score, by: number): Score {
  const { threshold, warningThreshold } = score;
  return {
    ...score,
    threshold: threshold + by,
    ...(warningThreshold !== undefined && { warningThreshold: warningThreshold + by }),
  };
}
