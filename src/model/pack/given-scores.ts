import { GatewayError } from "../../errors.ts";
import { moments } from "../../math/statistics.ts";
import type { HeldOutScores } from "../learn/held-out-scores.ts";
import { type HeldOut, scoreRuns, smoothRuns } from "../learn/score-runs.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";

/** The scores that a graph gives to the windows of each run, in time order. */
export function givenScores(
  block: HeldOut,
  window: WindowShape,
  stride: number,
): Promise<readonly Float64Array[]> {
  const cells = window.length * window.tags;
  return scoreRuns(block, window, stride, (_, given, offset) => given[offset / cells] as number);
}

/**
 * Smooths given scores, and measures what a normal one is.
 *
 * @param smoothing share by which a new score moves the average of the one before, 0 to 1
 * @param model named in errors
 * @throws GatewayError `MODEL_MISMATCH` when all scores are the same
 */
export function standardizeScores(
  runs: readonly Float64Array[],
  tags: number,
  smoothing: number,
  model: string,
): HeldOutScores {
  const { averages, blocks } = smoothRuns(runs, smoothing);
  const { mean, deviation } = moments(averages);
  if (!(deviation > 0)) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${model}: expected scores that differ from window to window, got ${mean} for each of ${averages.length}`,
      { hint: "Give out the score itself, not what comes of comparing it with a threshold." },
    );
  }
  return {
    calibration: {
      residualScale: new Array<number>(tags).fill(1),
      logMean: mean,
      logDeviation: deviation,
      windows: averages.length,
    },
    scores: averages.map((score) => (score - mean) / deviation),
    blocks,
  };
}
