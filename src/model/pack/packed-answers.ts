import { setImmediate } from "node:timers/promises";
import { reconstruct } from "../model.ts";
import type { WindowShape } from "../onnx/training-graph.ts";
import type { OnnxSession } from "../runtime.ts";

/** Windows answered in one run. */
const BATCH = 256;

/** Windows in a table of frames. */
export interface NormalizedWindows {
  /** Shape `[rows, tags]`, normalized. */
  readonly frames: Float32Array;
  /** First rows of the windows. */
  readonly starts: Uint32Array;
  readonly window: WindowShape;
}

/** The cells of the window that begins at a row. */
export function windowAt(
  { frames, window: { length, tags } }: NormalizedWindows,
  start: number,
): Float32Array {
  return frames.subarray(start * tags, (start + length) * tags);
}

/**
 * Runs a wrapped graph on windows, batch by batch.
 *
 * @param take told of each batch: the windows, the answers to them, and the place of the first
 * @throws GatewayError `SCORING_FAILED`
 */
async function answerWindows(
  session: OnnxSession,
  windows: NormalizedWindows,
  take: (input: Float32Array, answers: Float32Array, first: number) => void,
): Promise<void> {
  const { starts, window } = windows;
  const cells = window.length * window.tags;
  for (let first = 0; first < starts.length; first += BATCH) {
    const batch = starts.subarray(first, first + BATCH);
    const input = new Float32Array(batch.length * cells);
    batch.forEach((start, place) => {
      input.set(windowAt(windows, start), place * cells);
    });
    take(input, await reconstruct(session, input, cells), first);
    await setImmediate();
  }
}

/**
 * Squared residuals of each window, summed over its rows.
 *
 * @returns shape `[windows, tags]`
 */
export async function residualSquares(
  session: OnnxSession,
  windows: NormalizedWindows,
): Promise<Float32Array> {
  const { starts, window } = windows;
  const cells = window.length * window.tags;
  const squares = new Float32Array(starts.length * window.tags);
  await answerWindows(session, windows, (input, answers, first) => {
    input.forEach((value, cell) => {
      const place = (first + Math.floor(cell / cells)) * window.tags + (cell % window.tags);
      squares[place] = (squares[place] as number) + (value - (answers[cell] as number)) ** 2;
    });
  });
  return squares;
}

/**
 * The scores that the graph gives.
 *
 * @returns shape `[windows]`
 */
export async function givenScores(
  session: OnnxSession,
  windows: NormalizedWindows,
): Promise<Float64Array> {
  const scores = new Float64Array(windows.starts.length);
  await answerWindows(session, windows, (_, answers, first) => {
    scores.set(answers, first);
  });
  return scores;
}
