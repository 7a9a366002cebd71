/** The score of a window by itself, at the time of its last frame. */
export interface TimedScore {
  readonly endMs: number;
  readonly value: number;
}

export interface SparseAverageOptions {
  /** Time constant of the average, as in {@link createScoreSmoother}. */
  readonly timeMs: number;
  /** Distance of the windows in the stream. */
  readonly strideMs: number;
  /** What share of its score the average had reached at the first of them, 0 to 1. */
  readonly reached: number;
}

/** So many time constants back nothing counts any more. */
const MEMORY = 20;

/**
 * What the moving average of a stream was at some of its windows, where the others are not known: these are taken to lie on the straight line between their
 * neighbours. With all windows known it is the average of {@link createScoreSmoother}.
 *
 * @param scores in time order
 */
export function sparseAverage(
  scores: readonly TimedScore[],
  { timeMs, strideMs, reached }: SparseAverageOptions,
): readonly number[] {
  const weight = -Math.expm1(-strideMs / timeMs);
  const longest = Math.ceil((MEMORY * timeMs) / strideMs);
  let average = Number.NaN;
  let before: TimedScore | undefined;

  const pass = (from: TimedScore, to: TimedScore): void => {
    const steps = Math.max(1, Math.round((to.endMs - from.endMs) / strideMs));
    for (let step = Math.max(1, steps - longest); step <= steps; step += 1) {
      const value = from.value + ((to.value - from.value) * step) / steps;
      average += weight * (value - average);
    }
  };
  return scores.map((score) => {
    if (before) pass(before, score);
    else average = reached * score.value;
    before = score;
    return average;
  });
}
