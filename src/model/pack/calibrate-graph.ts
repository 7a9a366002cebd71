import type { RowSpan } from "../../math/row-run.ts";
import { type HeldOutScores, scoreHeldOut } from "../learn/held-out-scores.ts";
import { eachReconstruction, meanSquareOf } from "../learn/residuals.ts";

import type { WindowShape } from "../onnx/forward-pass.ts";
import type { OnnxSession } from "../runtime.ts";
import { givenScores, standardizeScores } from "./given-scores.ts";
import type { Trial } from "./try-foreign.ts";
import type { Answer } from "./wrap-graph.ts";

/** A wrapped graph, loaded. */
export interface WrappedGraph {
  /** The ONNX file, without a card. */
  readonly bytes: Uint8Array;
  readonly session: OnnxSession;
}

/** Windows to calibrate on. */
export interface CalibrationWindows {
  /** Shape `[rows, tags]`, normalized. */
  readonly frames: Float32Array;
  readonly runs: readonly RowSpan[];
  /** First rows of the windows in the runs. */
  readonly starts: Uint32Array;
  readonly window: WindowShape;
  readonly stride: number;
  /** Share by which a new score moves the average of the one before, 0 to 1. */
  readonly smoothing: number;
}

export interface CalibratedGraph extends WrappedGraph {
  readonly heldOut: HeldOutScores;
  /** Mean squared residual of a cell, normalized units; absent where the graph gives scores. */
  readonly loss?: number;
}

/**
 * Measures what a graph makes of normal operation, as of a block that was held out. Scores that are all above zero are skewed as
 * errors are, and told by their logarithms; others as they are.
 *
 * @param open wraps the graph so that it gives such an answer, and loads it
 * @param model named in errors
 */
export async function calibrateGraph(
  answer: Trial["answer"],
  windows: CalibrationWindows,
  open: (answer: Answer) => Promise<WrappedGraph>,
  model: string,
): Promise<CalibratedGraph> {
  const { frames, runs, window, stride, smoothing } = windows;
  let graph = await open(answer);
  const block = () => ({ session: graph.session, frames, heldOut: runs });
  try {
    if (answer === "reconstruction") {
      const kind = "autoencoder";
      const heldOut = await scoreHeldOut([block()], window, { kind, stride }, { smoothing });
      return { ...graph, heldOut, loss: await meanSquare(graph.session, windows) };
    }
    let scores = await givenScores(block(), window, stride);
    if (scores.every((run) => run.every((score) => score > 0))) {
      await graph.session.release();
      graph = await open("log-score");
      scores = await givenScores(block(), window, stride);
    }
    return { ...graph, heldOut: standardizeScores(scores, window.tags, smoothing, model) };
  } catch (cause) {
    await graph.session.release();
    throw cause;
  }
}

async function meanSquare(
  session: OnnxSession,
  { frames, starts, window }: CalibrationWindows,
): Promise<number> {
  const cells = window.length * window.tags;
  let sum = 0;
  await eachReconstruction(session, frames, starts, window, (input, output, offset) => {
    sum += meanSquareOf(input, output, offset, cells);
  });
  return sum / starts.length;
}
