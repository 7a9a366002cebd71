import type { FrameWindow } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import type { Score } from "../../core/score.ts";
import { normalizeInto } from "../../math/normalizer.ts";
import { emptyResult, toScore } from "../../math/window-result.ts";
import { requireShape } from "../require-shape.ts";
import type { OnnxSession } from "../runtime.ts";
import type { Scorer } from "../scorer.ts";
import { scoreByGraph } from "./graph-score.ts";
import { runGraph } from "./run-graph.ts";
import { finiteWindow, isJudged, leaveUnjudged, thresholdsOf } from "./window-judgement.ts";

/** Scores by a graph that maps `windows [n, cells]` to `score [n, 1]`; it shows no reconstruction. */
export function createGraphScorer(
  card: ModelCard,
  session: OnnxSession,
): Required<Pick<Scorer, "score" | "reconstruct">> {
  const cells = card.windowLength * card.tags.length;
  const run = (input: Float32Array): Promise<Float32Array> => runGraph(session, input, cells);
  const normalize = (windows: readonly FrameWindow[]): Float32Array => {
    const input = new Float32Array(windows.length * cells);
    windows.forEach(({ values, offsets }, place) => {
      normalizeInto(input, place * cells, values, card.normalizer, offsets);
    });
    return input;
  };
  const scoreKnown = async (windows: readonly FrameWindow[]): Promise<readonly Score[]> => {
    if (windows.length === 0) return [];
    const input = normalize(windows);
    const given = await run(input);
    const thresholds = windows.map((window) => thresholdsOf(card, window));
    return scoreByGraph(card, windows, { input, given, thresholds, run });
  };

  return {
    async score(windows) {
      for (const window of windows) requireShape(card, window);
      const judged = windows.filter((window) => isJudged(card, window));
      const scores = (await scoreKnown(judged.map(finiteWindow))).values();
      return windows.map((window) =>
        isJudged(card, window)
          ? (scores.next().value as Score)
          : toScore(leaveUnjudged(emptyResult(), card, window)),
      );
    },
    async reconstruct(windows) {
      for (const window of windows) requireShape(card, window);
      const input = normalize(windows.map(finiteWindow));
      return windows.map((_, place) => ({
        normalized: input.subarray(place * cells, (place + 1) * cells),
      }));
    },
  };
}
