import { rowProduct } from "./row-product.ts";

/** Where to read one window in flat arrays of windows. */
export interface WindowPlace {
  /** First cell. */
  readonly offset: number;
  /** Frames. */
  readonly length: number;
  /** Values per frame. */
  readonly tags: number;
}

/** How far a reconstruction is off, tag by tag. */
export interface WeightedError {
  /** Mean of the squared residual in units of the tag's usual residual; an unknown cell counts as usual, 1. */
  readonly mean: number;
  /** Shape `[tags]`: each tag's part of the sum; adds up to 1, evenly spread when nothing is off. */
  readonly shares: Float64Array;
}

/**
 * Compares a window with its reconstruction, row by row: the residuals of a row are whitened, squared and summed.
 *
 * That is the squared Mahalanobis distance of the residual, and each tag's part is its complete decomposition contribution
 * (Alcala and Qin 2009), which is never negative. With a diagonal matrix it is the squared prediction error (Q statistic) with every
 * tag in units of its usual residual.
 *
 * @param input normalized windows; @param output their reconstructions, same shape
 * @param raw shape `[length, tags]`: the window in engineering units; its `NaN` cells are unknown
 * @param whitening shape `[tags, tags]`, symmetric
 */
export function weightedError(
  input: Float32Array,
  output: Float32Array,
  raw: ArrayLike<number>,
  whitening: Float64Array,
  { offset, length, tags }: WindowPlace,
): WeightedError {
  const shares = new Float64Array(tags);
  const residuals = new Float64Array(tags);
  let sum = 0;
  let known = 0;
  for (let row = 0; row < length; row += 1) {
    known += takeResiduals(residuals, input, output, raw, offset, row * tags);
    for (let tag = 0; tag < tags; tag += 1) {
      if (Number.isNaN(raw[row * tags + tag])) continue; // takes no part, whatever the others lend it
      const squared = rowProduct(whitening, tag, residuals) ** 2;
      sum += squared;
      shares[tag] = (shares[tag] as number) + squared;
    }
  }
  const cells = length * tags;
  const parts = shares.map((share) => (sum > 0 ? share / sum : 1 / tags));
  return { mean: (sum + cells - known) / cells, shares: parts };
}

/**
 * Finds the row where each tag's whitened residual is the largest; the last row when none of the tag's cells is known. Takes what {@link weightedError} takes.
 *
 * @returns shape `[tags]`
 */
export function worstRows(
  input: Float32Array,
  output: Float32Array,
  raw: ArrayLike<number>,
  whitening: Float64Array,
  { offset, length, tags }: WindowPlace,
): Uint32Array {
  const rows = new Uint32Array(tags).fill(length - 1);
  const worst = new Float64Array(tags).fill(-1);
  const residuals = new Float64Array(tags);
  for (let row = 0; row < length; row += 1) {
    takeResiduals(residuals, input, output, raw, offset, row * tags);
    for (let tag = 0; tag < tags; tag += 1) {
      if (Number.isNaN(raw[row * tags + tag])) continue;
      const size = Math.abs(rowProduct(whitening, tag, residuals));
      if (size <= (worst[tag] as number)) continue;
      worst[tag] = size;
      rows[tag] = row;
    }
  }
  return rows;
}

/** Writes the residuals of one row into `target`, 0 where nothing is known, and counts those that are. */
function takeResiduals(
  target: Float64Array,
  input: Float32Array,
  output: Float32Array,
  raw: ArrayLike<number>,
  offset: number,
  first: number,
): number {
  let known = 0;
  for (let tag = 0, cell = first; tag < target.length; tag += 1, cell += 1) {
    const isKnown = !Number.isNaN(raw[cell]);
    target[tag] = isKnown
      ? (input[offset + cell] as number) - (output[offset + cell] as number)
      : 0;
    if (isKnown) known += 1;
  }
  return known;
}

/** What weighs every tag by itself, in units of its usual residual. */
export function diagonalWhitening(residualScale: readonly number[]): Float64Array {
  const tags = residualScale.length;
  const whitening = new Float64Array(tags * tags);
  residualScale.forEach((scale, tag) => {
    whitening[tag * (tags + 1)] = 1 / scale;
  });
  return whitening;
}

/** A reconstruction this good is as good as perfect; keeps the logarithm finite. */
const SMALLEST_ERROR = 1e-9;

/** The scale on which scores are compared: errors are positive and skewed, their logarithms nearly normal. */
export function logError(meanError: number): number {
  return Math.log(Math.max(meanError, SMALLEST_ERROR));
}
