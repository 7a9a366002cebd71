import { GatewayError } from "../../errors.ts";
import { moments } from "../../math/statistics.ts";
import type { HeldOut, HeldOutScores } from "../learn/held-out-scores.ts";
import { eachReconstruction } from "../learn/residuals.ts";
import { startsOf } from "../learn/window-runs.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";

/** The scores that a graph gives to the windows of each run, in time order. */
export async function givenScores(
  { session, frames, heldOut }: HeldOut,
  window: WindowShape,
  stride: number,
): Promise<readonly Float64Array[]> {
  const runs: Float64Array[] = [];
  for (const run of heldOut) {
    const starts = startsOf([run], window.length).filter((start) => start % stride === 0);
    const scores: number[] = [];
    await eachReconstruction(session, frames, starts, window, (_, given, offset) => {
      scores.push(given[offset / (window.length * window.tags)] as number);
    });
    if (scores.length > 0) runs.push(Float64Array.from(scores));
  }
  return runs;
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
  const smooth: number[] = [];
  const blocks: number[] = [];
  for (const run of runs) {
    blocks.push(smooth.length);
    let average = run[0] as number;
    for (const score of run) {
      average += smoothing * (score - average);
      smooth.push(average);
    }
  }
  const { mean, deviation } = moments(Float64Array.from(smooth));
  if (!(deviation > 0)) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${model}: expected scores that differ from window to window, got ${mean} for each of ${smooth.length}`,
      { hint: "Give out the score itself, not what comes of comparing it with a threshold." },
    );
  }
  return {
    calibration: {
      residualScale: new Array<number>(tags).fill(1),
      logMean: mean,
      logDeviation: deviation,
      windows: smooth.length,
    },
    scores: Float64Array.from(smooth, (score) => (score - mean) / deviation),
    blocks: Uint32Array.from(blocks),
  };
}
