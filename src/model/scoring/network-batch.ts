import type { FrameWindow } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import { logError, type WeightedError } from "../../math/weighted-error.ts";
import { errorWeights, windowError } from "../../math/window-error.ts";
import { emptyResult, type WindowResult } from "../../math/window-result.ts";
import { createWindowKernel } from "../kernel/window-kernel.ts";
import type { OnnxSession } from "../runtime.ts";
import type { Reconstruction } from "../scorer.ts";
import { contributionsOf } from "./contributions.ts";
import type { ScoringBatch } from "./scoring-batch.ts";
import { finiteWindow, isJudged, leaveUnjudged, thresholdsOf } from "./window-judgement.ts";

/** A batch that can also show what the network made of its windows. */
export interface NetworkBatch extends ScoringBatch {
  /** Puts windows through the network, whether they are to be judged or not; answers with copies. */
  reconstruct(windows: readonly FrameWindow[]): Promise<readonly Reconstruction[]>;
}

/** Windows that are not in the network have no row in it. */
const NO_ROW = -1;

/**
 * Scores by the residuals of a network that maps `windows [n, cells]` to `reconstruction [n, cells]`.
 *
 * Unknown cells are 0 in the first pass. Windows with such cells go through the network again, with the reconstruction in their place, so that a missing tag
 * pulls the others less: one step of iterative imputation.
 */
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
  const weights = errorWeights(calibration);
  const sharesOfRow = Array.from({ length: capacity }, (_, row) =>
    kernel.shares.subarray(row * tags, (row + 1) * tags),
  );
  const rows = new Int32Array(capacity);
  const result = emptyResult();
  let batch: readonly FrameWindow[] = [];
  let whole = 0; // rows of windows without holes; they come first

  const errorAt = (row: number, window: FrameWindow): WeightedError =>
    windowError(input, output, window.values, weights, { offset: row * cells, length, tags });
  const through = async (from: number, to: number): Promise<void> => {
    if (from === to) return;
    const dimensions = [to - from, cells];
    const part = (data: Float32Array) => ({
      data: data.subarray(from * cells, to * cells),
      dimensions,
    });
    const feeds = { windows: part(input) };
    const answers = session.run(feeds, { reconstruction: part(output) });
    const { reconstruction } = await answers.catch((cause: unknown) => {
      throw new GatewayError("SCORING_FAILED", "ONNX Runtime failed to score a batch", { cause });
    });
    if (
      reconstruction?.data instanceof Float32Array &&
      reconstruction.data.buffer !== output.buffer
    ) {
      output.set(reconstruction.data, from * cells);
    }
  };

  /** Lays windows into the network's input, those without holes first, and says how many there are. */
  const lay = (takes: (window: FrameWindow) => boolean): number => {
    let row = 0;
    const holed: number[] = [];
    for (let place = 0; place < batch.length; place += 1) {
      const window = batch[place] as FrameWindow;
      rows[place] = NO_ROW;
      if (!takes(window)) continue;
      if (kernel.normalize(row, window.values, window.offsets) > 0) holed.push(place);
      else rows[place] = row++;
    }
    whole = row;
    for (const place of holed) {
      const { values, offsets } = batch[place] as FrameWindow;
      kernel.normalize(row, values, offsets);
      rows[place] = row++;
    }
    return row;
  };

  const fillHoles = (): void => {
    for (let place = 0; place < batch.length; place += 1) {
      const row = rows[place] as number;
      if (row < whole) continue;
      const { values } = batch[place] as FrameWindow;
      for (let cell = 0; cell < cells; cell += 1) {
        if (Number.isFinite(values[cell])) continue;
        input[row * cells + cell] = output[row * cells + cell] as number;
      }
    }
  };

  const pass = async (takes: (window: FrameWindow) => boolean): Promise<void> => {
    const laid = lay(takes);
    await through(0, laid);
    if (laid === whole) return;
    fillHoles();
    await through(whole, laid);
  };

  const known = (place: number): FrameWindow => {
    const window = batch[place] as FrameWindow;
    return (rows[place] as number) < whole ? window : finiteWindow(window);
  };

  /** Writes mean error and shares of a window into the result, and answers with the first. */
  const measured = (place: number, row: number): number => {
    if (row < whole) {
      result.shares = sharesOfRow[row] as Float64Array;
      return kernel.means[row] as number;
    }
    const error = errorAt(row, known(place));
    result.shares = error.shares;
    return error.mean;
  };

  return {
    async run(windows) {
      batch = windows;
      await pass((window) => isJudged(card, window));
      kernel.measure(0, whole);
    },
    result(place): WindowResult {
      const window = batch[place] as FrameWindow;
      const row = rows[place] as number;
      if (row === NO_ROW) return leaveUnjudged(result, card, window);
      const mean = measured(place, row);
      if (!Number.isFinite(mean)) throw notFinite(card);
      const levels = row < whole ? card : thresholdsOf(card, known(place));
      result.endMs = window.endMs;
      result.value = (logError(mean) - calibration.logMean) / calibration.logDeviation;
      result.threshold = levels.threshold;
      result.warningThreshold = levels.warningThreshold;
      result.verdict = result.value >= levels.threshold ? "anomalous" : "normal";
      result.coverage = window.coverage;
      return result;
    },
    contributions(place) {
      const row = rows[place] as number;
      if (row === NO_ROW) return [];
      const window = known(place);
      const reconstructed = { input, output, offset: row * cells };
      return contributionsOf(card, window, errorAt(row, window), reconstructed);
    },
    async reconstruct(windows) {
      batch = windows;
      await pass(() => true);
      return windows.map((_, place) => {
        const offset = (rows[place] as number) * cells;
        return {
          normalized: input.slice(offset, offset + cells),
          reconstruction: output.slice(offset, offset + cells),
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
