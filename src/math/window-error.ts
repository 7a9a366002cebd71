import type { Calibration } from "../core/model-card.ts";
import { type FrameWeights, frameDistance, frameWeights } from "./frame-distance.ts";
import {
  diagonalWhitening,
  type WeightedError,
  type WindowPlace,
  weightedError,
} from "./weighted-error.ts";

/** What calibration says of residuals and frames. */
export type Scales = Pick<
  Calibration,
  "residualScale" | "whitening" | "precision" | "levelVariance"
>;

/** What a window is measured by. */
export interface ErrorWeights {
  /** Shape `[tags, tags]`: of the residuals. */
  readonly whitening: Float64Array;
  /** Of the frames; absent where only the residuals count. */
  readonly frames: FrameWeights | undefined;
}

export function errorWeights({
  residualScale,
  whitening,
  precision,
  levelVariance = residualScale.map(() => 0),
}: Scales): ErrorWeights {
  return {
    whitening: whitening ? Float64Array.from(whitening) : diagonalWhitening(residualScale),
    frames: precision && frameWeights(Float64Array.from(precision), levelVariance),
  };
}

/**
 * Measures how strange a window is: by its residuals, which tell how it moves, and by the distance of its frames from normal ones, which tells where it is. They are
 * Q and T² of multivariate process control, added as in its combined index (Yue and Qin 2001), each in units of its usual size.
 *
 * A tag's share is its distance from what the other tags of its frame let expect, counted up to twice by its part of the residuals. These alone tell in
 * which part of a machine something is wrong, but not always on which tag: where two bearings should run alike, one that is too loud makes the
 * other one too quiet.
 *
 * @param input normalized windows; @param output their reconstructions, same shape
 * @param raw shape `[length, tags]`: the window in engineering units; its `NaN` cells are unknown
 */
export function windowError(
  input: Float32Array,
  output: Float32Array,
  raw: ArrayLike<number>,
  { whitening, frames }: ErrorWeights,
  place: WindowPlace,
): WeightedError {
  const residual = weightedError(input, output, raw, whitening, place);
  if (frames === undefined) return residual;
  const { mean, byTag } = frameDistance(input, raw, frames, place);
  const shares = weighed(byTag, residual.shares);
  return { ...residual, mean: residual.mean + mean, shares };
}

/** Adds up to 1; the parts of the residuals where no frame is off. */
function weighed(distances: Float64Array, parts: Float64Array): Float64Array {
  const products = distances.map((distance, tag) => distance * (1 + (parts[tag] as number)));
  const sum = products.reduce((total, product) => total + product, 0);
  return sum > 0 ? products.map((product) => product / sum) : parts;
}
