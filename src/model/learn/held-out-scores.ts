import type { Calibration } from "../../core/model-card.ts";
import { shrunkPrecision } from "../../math/shrunk-covariance.ts";
import { moments } from "../../math/statistics.ts";
import { squareRoot } from "../../math/symmetric-eigen.ts";
import { logError } from "../../math/weighted-error.ts";
import { errorWeights, type Scales, windowError } from "../../math/window-error.ts";
import type { WindowShape } from "../onnx/forward-pass.ts";
import type { ModelKind } from "./fit-autoencoder.ts";
import { measureFrames, SMALLEST_DEVIATION } from "./measure-frames.ts";
import { eachReconstruction } from "./residuals.ts";
import { type HeldOut, scoreRuns, smoothRuns } from "./score-runs.ts";
import { sampleStarts, startsOf } from "./window-runs.ts";

/** Held-out errors never vary less than this (relative): a tiny sample must not make a hair trigger. */
const DEVIATION_FLOOR = 0.05;
/** An average has forgotten what makes up less of it. */
const REMEMBERED = 0.01;
/** Numbers of residuals that are looked at to weigh the tags. */
const MAX_SAMPLES = 40_000;

export interface HeldOutScores {
  readonly calibration: Calibration;
  /** Smoothed scores of the held-out windows, in time order, in standard deviations from their mean; `NaN` in stretches that are known to be harmless. */
  readonly scores: Float64Array;
  /** First index of each stretch of windows that follow each other. */
  readonly blocks: Uint32Array;
  /** The highest score in stretches that are known to be harmless; absent where there are none. */
  readonly harmlessPeak?: number;
}

/** How scores follow each other. */
export interface ScoreCourse {
  /** Share by which a new score moves the average of the one before, 0 to 1. */
  readonly smoothing: number;
  /** Shape `[rows]`: 1 for a row that is known to be harmless. */
  readonly harmless?: Uint8Array;
}

/** Scores every window by a network that has not seen it, and measures on that what a normal score is. */
export async function scoreHeldOut(
  folds: readonly HeldOut[],
  window: WindowShape,
  { kind, stride }: { readonly kind: ModelKind; readonly stride: number },
  course: ScoreCourse,
): Promise<HeldOutScores> {
  const scales = weigh(folds, await sampleResiduals(folds, window), window.tags, kind);
  const weights = errorWeights(scales);
  const cells = window.length * window.tags;
  const runs: Float64Array[] = [];
  for (const fold of folds) {
    const logs = await scoreRuns(fold, window, stride, (input, output, offset) => {
      const raw = input.subarray(offset, offset + cells);
      return logError(windowError(input, output, raw, weights, { offset, ...window }).mean);
    });
    runs.push(...logs);
  }
  const { averages, blocks } = smoothRuns(runs, course.smoothing);
  const isHarmless = course.harmless && harmlessWindows(folds, window.length, stride, course);
  const usual = averages.filter((_, place) => isHarmless?.[place] !== 1);
  const { mean: logMean, deviation } = moments(usual);
  const logDeviation = Math.max(deviation, DEVIATION_FLOOR);
  const scores = averages.map((log) => (log - logMean) / logDeviation);
  const known = scores.filter((_, place) => isHarmless?.[place] === 1);
  return {
    calibration: { ...scales, logMean, logDeviation, windows: usual.length },
    scores: scores.map((score, place) => (isHarmless?.[place] === 1 ? Number.NaN : score)),
    blocks,
    ...(known.length > 0 && { harmlessPeak: known.reduce((a, b) => Math.max(a, b)) }),
  };
}

/** 1 for each window with a row that is known to be harmless, and while the average remembers one; in the order in which runs are scored. */
function harmlessWindows(
  folds: readonly HeldOut[],
  length: number,
  stride: number,
  { smoothing, harmless = new Uint8Array() }: ScoreCourse,
): Uint8Array {
  const marks: number[] = [];
  for (const run of folds.flatMap(({ heldOut }) => heldOut)) {
    let memory = 0; // share of the average that is of harmless windows, at most
    for (const start of startsOf([run], length).filter((at) => at % stride === 0)) {
      const isHarmless = harmless.subarray(start, start + length).includes(1);
      memory = isHarmless ? 1 : memory * (1 - smoothing);
      marks.push(memory > REMEMBERED ? 1 : 0);
    }
  }
  return Uint8Array.from(marks);
}

/** Residuals of the held-out windows, row by row: shape `[samples, tags]`. */
async function sampleResiduals(
  folds: readonly HeldOut[],
  window: WindowShape,
): Promise<Float32Array> {
  const { length, tags } = window;
  const perFold = Math.ceil(MAX_SAMPLES / length / folds.length);
  const sampled = folds.map((fold) => sampleStarts(startsOf(fold.heldOut, length), perFold));
  const cells = length * tags;
  const residuals = new Float32Array(cells * sampled.reduce((sum, { length: n }) => sum + n, 0));
  let next = 0;
  for (const [place, { session, frames }] of folds.entries()) {
    const starts = sampled[place] as Uint32Array;
    await eachReconstruction(session, frames, starts, window, (input, output, offset) => {
      for (let cell = offset; cell < offset + cells; cell += 1, next += 1) {
        residuals[next] = (input[cell] as number) - (output[cell] as number);
      }
    });
  }
  return residuals;
}

/** The classical baselines weigh no tag by another, and plain principal components none at all. */
function weigh(
  folds: readonly HeldOut[],
  residuals: Float32Array,
  tags: number,
  kind: ModelKind,
): Scales {
  const scale = deviationsOf(residuals, tags);
  if (kind === "z-score") return { residualScale: scale };
  if (kind === "pca") {
    const mean = Math.sqrt(scale.reduce((sum, one) => sum + one ** 2, 0) / tags);
    return { residualScale: scale.map(() => mean) };
  }
  const { precision: residualPrecision } = shrunkPrecision(residuals, tags, SMALLEST_DEVIATION);
  const { precision, levelVariance } = measureFrames(folds, tags);
  return {
    residualScale: scale,
    whitening: Array.from(squareRoot(residualPrecision, tags), rounded),
    precision: Array.from(precision, rounded),
    levelVariance: Array.from(levelVariance, rounded),
  };
}

function deviationsOf(residuals: Float32Array, tags: number): number[] {
  const sums = new Array<number>(tags).fill(0);
  residuals.forEach((residual, cell) => {
    sums[cell % tags] = (sums[cell % tags] as number) + residual ** 2;
  });
  const samples = residuals.length / tags;
  return sums.map((sum) => Math.max(SMALLEST_DEVIATION, Math.sqrt(sum / samples)));
}

/** Significant digits kept: what a card holds is to be read by people, too. */
const DIGITS = 7;

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
