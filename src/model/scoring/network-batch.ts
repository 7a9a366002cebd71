import type { FrameWindow } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import { logError, type WindowPlace, worstRows } from "../../math/weighted-error.ts";
import { errorWeights, windowError } from "../../math/window-error.ts";
import { emptyResult } from "../../math/window-result.ts";
import { createWindowKernel } from "../kernel/window-kernel.ts";
import type { OnnxSession } from "../runtime.ts";
import type { Reconstruction } from "../scorer.ts";
import type { ScoringBatch } from "../scoring-batch.ts";
import { deviationsOf } from "./deviations.ts";
import { createNetworkRows, NO_ROW } from "./network-rows.ts";
import { finiteWindow, isJudged, leaveUnjudged, thresholdsOf } from "./window-judgement.ts";

/** A batch that can also show what the network made of its windows. */
export interface NetworkBatch extends ScoringBatch {
  /** Puts windows through the network, whether they are to be judged or not; answers with copies. */
  reconstruct(windows: readonly FrameWindow[]): Promise<readonly Reconstruction[]>;
}

/** Scores by the residuals of a network that maps `windows [n, cells]` to `reconstruction [n, cells]`. */
export function createNetworkBatch(
  card: ModelCard,
  session: OnnxSession,
  capacity: number,
): NetworkBatch {
  const { windowLength: length, calibration } = card;
  const tags = card.tags.length;
  const cells = length * tags;
  const kernel = createWindowKernel(card, capacity);
  const { input, output } = kernel;
  const rows = createNetworkRows(session, kernel);
  const weights = errorWeights(calibration);
  const sharesOfRow = Array.from({ length: capacity }, (_, row) =>
    kernel.shares.subarray(row * tags, (row + 1) * tags),
  );
  const free = kernel.room.values();
  const result = emptyResult();
  let batch: readonly FrameWindow[] = [];

  const takes = (window: FrameWindow): boolean => isJudged(card, window);
  const measureWhole = (): void => kernel.measure(0, rows.whole());
  const isWhole = (row: number): boolean => row < rows.whole();
  const windowAt = (place: number): FrameWindow => batch[place] as FrameWindow;
  const placeOf = (row: number): WindowPlace => ({ offset: row * cells, length, tags });

  /** Writes shares and thresholds of a window into the result, and answers with its mean error. */
  const measure = (window: FrameWindow, row: number): number => {
    const known = isWhole(row) ? window : finiteWindow(window);
    const levels = isWhole(row) ? card : thresholdsOf(card, known);
    result.threshold = levels.threshold;
    result.warningThreshold = levels.warningThreshold ?? Number.NaN;
    if (isWhole(row) && Number.isFinite(kernel.means[row])) {
      result.shares = sharesOfRow[row] as Float64Array;
      return kernel.means[row] as number;
    }
    const { shares, mean } = windowError(input, output, known.values, weights, placeOf(row));
    result.shares = shares;
    return mean;
  };

  return {
    newValues: () => free.next().value ?? new Float64Array(cells),
    run(windows) {
      batch = windows;
      return rows.pass(windows, takes).then(measureWhole);
    },
    result(place) {
      const window = windowAt(place);
      const row = rows.of(place);
      if (row === NO_ROW) return leaveUnjudged(result, card, window);
      const mean = measure(window, row);
      if (!Number.isFinite(mean)) throw notFinite(card);
      result.endMs = window.endMs;
      result.value = (logError(mean) - calibration.logMean) / calibration.logDeviation;
      result.verdict = result.value >= result.threshold ? "anomalous" : "normal";
      result.coverage = window.coverage;
      return result;
    },
    deviations(place) {
      const row = rows.of(place);
      if (row === NO_ROW) return [];
      const window = isWhole(row) ? windowAt(place) : finiteWindow(windowAt(place));
      const worst = worstRows(input, output, window.values, weights.whitening, placeOf(row));
      return deviationsOf(card, window, worst, { input, output, offset: row * cells });
    },
    async reconstruct(windows) {
      await rows.pass(windows, () => true);
      return windows.map((_, place) => {
        const first = rows.of(place) * cells;
        return {
          normalized: input.slice(first, first + cells),
          reconstruction: output.slice(first, first + cells),
        };
      });
    },
  };
}

function notFinite({ name }: ModelCard): GatewayError {
  return new GatewayError(
    "SCORING_FAILED",
    `model "${name}" answered with a number that is not finite`,
  );
}
