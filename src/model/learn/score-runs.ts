import type { WindowShape } from "../onnx/forward-pass.ts";
import type { Fold } from "./cross-validate.ts";
import { eachReconstruction } from "./residuals.ts";
import { startsOf } from "./window-runs.ts";

/** Windows, and a graph that has not seen them. */
export type HeldOut = Pick<Fold, "session" | "frames" | "heldOut">;

/**
 * Scores the windows of each run, in time order, every `stride` rows.
 *
 * @param scoreOf told of each window, as `eachReconstruction` does
 */
export async function scoreRuns(
  { session, frames, heldOut }: HeldOut,
  window: WindowShape,
  stride: number,
  scoreOf: (input: Float32Array, output: Float32Array, offset: number) => number,
): Promise<readonly Float64Array[]> {
  const runs: Float64Array[] = [];
  for (const run of heldOut) {
    const starts = startsOf([run], window.length).filter((start) => start % stride === 0);
    const scores: number[] = [];
    await eachReconstruction(session, frames, starts, window, (input, output, offset) => {
      scores.push(scoreOf(input, output, offset));
    });
    if (scores.length > 0) runs.push(Float64Array.from(scores));
  }
  return runs;
}

/**
 * Averages the scores of each run, as a stream does, and puts the runs one behind the other. Before a run scores are taken to have been usual.
 *
 * @param smoothing share by which a new score moves the average of the one before, 0 to 1
 * @returns the averages, and the first index of each run
 */
export function smoothRuns(
  runs: readonly Float64Array[],
  smoothing: number,
): { readonly averages: Float64Array; readonly blocks: Uint32Array } {
  const averages: number[] = [];
  const blocks: number[] = [];
  const usual = meanOf(runs);
  for (const run of runs) {
    blocks.push(averages.length);
    let average = usual;
    for (const score of run) {
      average += smoothing * (score - average);
      averages.push(average);
    }
  }
  return { averages: Float64Array.from(averages), blocks: Uint32Array.from(blocks) };
}

function meanOf(runs: readonly Float64Array[]): number {
  const count = runs.reduce((sum, { length }) => sum + length, 0);
  return runs.reduce((sum, run) => run.reduce((total, score) => total + score / count, sum), 0);
}
