import type { Calibration } from "../../core/model-card.ts";
import { calibrate } from "../calibrate.ts";
import type { OnnxSession } from "../runtime.ts";
import { calibrateScores } from "./calibrate-scores.ts";
import { givenScores, type NormalizedWindows, residualSquares } from "./packed-answers.ts";
import type { Trial } from "./try-foreign.ts";
import type { Answer } from "./wrap-graph.ts";

/** A wrapped graph, loaded. */
export interface WrappedGraph {
  /** The ONNX file, without a card. */
  readonly bytes: Uint8Array;
  readonly session: OnnxSession;
}

export interface CalibratedGraph extends WrappedGraph {
  readonly calibration: Calibration;
  readonly threshold: number;
  /** Mean squared residual of a cell, normalized units; absent where the graph gives scores. */
  readonly loss?: number;
}

/**
 * Calibrates a graph on windows of normal operation. Scores that are all above zero are skewed as errors are, and told by
 * their logarithms; others as they are.
 *
 * @param open wraps the graph so that it gives such an answer, and loads it
 * @param model named in errors
 */
export async function calibrateGraph(
  answer: Trial["answer"],
  windows: NormalizedWindows,
  open: (answer: Answer) => Promise<WrappedGraph>,
  model: string,
): Promise<CalibratedGraph> {
  let graph = await open(answer);
  try {
    if (answer === "reconstruction") {
      const squares = await residualSquares(graph.session, windows);
      const loss = squares.reduce((sum, square) => sum + square, 0);
      const cells = squares.length * windows.window.length;
      return { ...graph, ...calibrate(squares, windows.window), loss: loss / cells };
    }
    let scores = await givenScores(graph.session, windows);
    if (scores.every((score) => score > 0)) {
      await graph.session.release();
      graph = await open("log-score");
      scores = await givenScores(graph.session, windows);
    }
    return { ...graph, ...calibrateScores(scores, windows.window, model) };
  } catch (cause) {
    await graph.session.release();
    throw cause;
  }
}
