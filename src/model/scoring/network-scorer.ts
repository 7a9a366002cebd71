import type { FrameWindow } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import type { Score } from "../../core/score.ts";
import { toScore } from "../../math/window-result.ts";
import { batchSizeOf, offerBatches } from "../open-batch.ts";
import { requireShape } from "../require-shape.ts";
import type { OnnxSession } from "../runtime.ts";
import type { Reconstruction, Scorer } from "../scorer.ts";
import { createNetworkBatch, type NetworkBatch } from "./network-batch.ts";

/** Scores by a network that reconstructs its input; calls take turns. */
export function createNetworkScorer(
  card: ModelCard,
  session: OnnxSession,
): Required<Pick<Scorer, "score" | "reconstruct">> {
  const size = batchSizeOf(card);
  let batch: NetworkBatch | undefined;
  let before: Promise<unknown> = Promise.resolve();

  /** Batch after batch, none of which meets one of another call. */
  const inBatches = <Answer>(
    windows: readonly FrameWindow[],
    work: (batch: NetworkBatch, some: readonly FrameWindow[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> => {
    const all = before.then(async () => {
      for (const window of windows) requireShape(card, window);
      batch ??= createNetworkBatch(card, session, size);
      const answers: Answer[] = [];
      for (let from = 0; from < windows.length; from += size) {
        answers.push(...(await work(batch, windows.slice(from, from + size))));
      }
      return answers;
    });
    before = all.catch(() => {});
    return all;
  };

  const score: Scorer["score"] = (windows) => inBatches(windows, scoreAll);
  offerBatches(score, (capacity) => createNetworkBatch(card, session, capacity));
  return {
    score,
    reconstruct: (windows) =>
      inBatches<Reconstruction>(windows, (one, some) => one.reconstruct(some)),
  };
}

async function scoreAll(
  batch: NetworkBatch,
  windows: readonly FrameWindow[],
): Promise<readonly Score[]> {
  await batch.run(windows);
  return windows.map((_, place) => toScore(batch.result(place), batch.deviations(place)));
}
