import type { Calibration } from "../../core/model-card.ts";
import { shrunkPrecision } from "../../math/shrunk-covariance.ts";
import { moments } from "../../math/statistics.ts";
import { symmetricEigen } from "../../math/symmetric-eigen.ts";
import { diagonalWhitening, logError, weightedError } from "../../math/weighted-error.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";
import type { ModelKind } from "./fit-autoencoder.ts";
import { eachReconstruction } from "./residuals.ts";
import { type HeldOut, scoreRuns, smoothRuns } from "./score-runs.ts";
import { startsOf } from "./window-runs.ts";

/** A tag that is reconstructed better than this (normalized units) is not weighed up any further. */
const RESIDUAL_FLOOR = 0.05;
/** Held-out errors never vary less than this (relative): a tiny sample must not make a hair trigger. */
const DEVIATION_FLOOR = 0.05;
/** Numbers of residuals that are looked at to weigh the tags. */
const MAX_SAMPLES = 40_000;

export interface HeldOutScores {
  readonly calibration: Calibration;
  /** Smoothed scores of the held-out windows, in time order, in standard deviations from their mean. */
  readonly scores: Float64Array;
  /** First index of each stretch of windows that follow each other. */
  readonly blocks: Uint32Array;
}

/**
 * Scores every window by a network that has not seen it, and measures on that what a normal score is.
 *
 * @param smoothing share by which a new score moves the average of the one before, 0 to 1
 */
export async function scoreHeldOut(
  folds: readonly HeldOut[],
  window: WindowShape,
  { kind, stride }: { readonly kind: ModelKind; readonly stride: number },
  smoothing: number,
): Promise<HeldOutScores> {
  const residuals = await sampleResiduals(folds, window);
  const { residualScale, whitening } = weigh(residuals, window.tags, kind);
  const weights = whitening ? Float64Array.from(whitening) : diagonalWhitening(residualScale);
  const cells = window.length * window.tags;
  const runs: Float64Array[] = [];
  for (const fold of folds) {
    const logs = await scoreRuns(fold, window, stride, (input, output, offset) => {
      const raw = input.subarray(offset, offset + cells);
      return logError(weightedError(input, output, raw, weights, { offset, ...window }).mean);
    });
    runs.push(...logs);
  }
  const { averages, blocks } = smoothRuns(runs, smoothing);
  const { mean: logMean, deviation } = moments(averages);
  const logDeviation = Math.max(deviation, DEVIATION_FLOOR);
  return {
    calibration: {
      residualScale,
      ...(whitening && { whitening }),
      logMean,
      logDeviation,
      windows: averages.length,
    },
    scores: averages.map((log) => (log - logMean) / logDeviation),
    blocks,
  };
}

/** Residuals of the held-out windows, row by row: shape `[samples, tags]`. */
async function sampleResiduals(
  folds: readonly HeldOut[],
  window: WindowShape,
): Promise<Float32Array> {
  const { length, tags } = window;
  const perFold = Math.ceil(MAX_SAMPLES / length / folds.length);
  const samples: Float32Array[] = [];
  for (const { session, frames, heldOut } of folds) {
    const all = startsOf(heldOut, length);
    const every = Math.ceil(all.length / perFold);
    const starts = all.filter((_, place) => place % every === 0);
    await eachReconstruction(session, frames, starts, window, (input, output, offset) => {
      samples.push(
        Float32Array.from({ length: length * tags }, (_, cell) => {
          return (input[offset + cell] as number) - (output[offset + cell] as number);
        }),
      );
    });
  }
  const residuals = new Float32Array(samples.length * length * tags);
  samples.forEach((sample, place) => {
    residuals.set(sample, place * sample.length);
  });
  return residuals;
}

/** The classical baselines weigh no tag by another, and plain principal components none at all. */
function weigh(
  residuals: Float32Array,
  tags: number,
  kind: ModelKind,
): Pick<Calibration, "residualScale" | "whitening"> {
  const scale = deviationsOf(residuals, tags);
  if (kind === "z-score") return { residualScale: scale };
  if (kind === "pca") {
    const mean = Math.sqrt(scale.reduce((sum, one) => sum + one ** 2, 0) / tags);
    return { residualScale: scale.map(() => mean) };
  }
  const { precision } = shrunkPrecision(residuals, tags, RESIDUAL_FLOOR);
  return { residualScale: scale, whitening: squareRoot(precision, tags) };
}

function deviationsOf(residuals: Float32Array, tags: number): number[] {
  const sums = new Array<number>(tags).fill(0);
  residuals.forEach((residual, cell) => {
    sums[cell % tags] = (sums[cell % tags] as number) + residual ** 2;
  });
  const samples = residuals.length / tags;
  return sums.map((sum) => Math.max(RESIDUAL_FLOOR, Math.sqrt(sum / samples)));
}

/** Significant digits kept: what a card holds is to be read by people, too. */
const DIGITS = 7;

/** The symmetric square root of a positive definite matrix, shape `[size, size]`. */
function squareRoot(matrix: Float64Array, size: number): number[] {
  const { values, vectors } = symmetricEigen(matrix, size);
  const root = new Float64Array(size * size);
  values.forEach((value, rank) => {
    const vector = vectors.subarray(rank * size, (rank + 1) * size);
    const weight = Math.sqrt(Math.max(0, value));
    for (let row = 0; row < size; row += 1) {
      const factor = weight * (vector[row] as number);
      for (let column = 0; column < size; column += 1) {
        const cell = row * size + column;
        root[cell] = (root[cell] as number) + factor * (vector[column] as number);
      }
    }
  });
  return Array.from(root, (value) => Number(value.toPrecision(DIGITS)));
}
