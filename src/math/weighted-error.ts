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
  /** Shape `[tags]`: the row where each tag is off the most; the last row when none of its cells is known. */
  readonly worstRows: Uint32Array;
}

/**
 * Compares a window with its reconstruction.
 *
 * Each residual is divided by the tag's usual one, so that a noisy tag does not drown a quiet one: the squared prediction
 * error (Q statistic) of multivariate process control with a diagonal weight.
 *
 * @param input normalized windows; @param output their reconstructions, same shape
 * @param raw shape `[length, tags]`: the window in engineering units; its `NaN` cells are unknown
 * @param residualScale shape `[tags]`, above zero
 */
export function weightedError(
  input: Float32Array,
  output: Float32Array,
  raw: Float64Array,
  residualScale: readonly number[],
  { offset, length, tags }: WindowPlace,
): WeightedError {
  const shares = new Float64Array(tags);
  const worst = new Float64Array(tags).fill(-1);
  const worstRows = new Uint32Array(tags).fill(length - 1);
  let sum = 0;
  let known = 0;
  for (let cell = 0, tag = 0; cell < length * tags; cell += 1, tag = (tag + 1) % tags) {
    if (Number.isNaN(raw[cell])) continue;
    const difference = (input[offset + cell] as number) - (output[offset + cell] as number);
    const squared = (difference / (residualScale[tag] as number)) ** 2;
    known += 1;
    sum += squared;
    shares[tag] = (shares[tag] as number) + squared;
    if (squared <= (worst[tag] as number)) continue;
    worst[tag] = squared;
    worstRows[tag] = (cell - tag) / tags;
  }
  for (let tag = 0; tag < tags; tag += 1) {
    shares[tag] = sum > 0 ? (shares[tag] as number) / sum : 1 / tags;
  }
  const cells = length * tags;
  return { mean: (sum + cells - known) / cells, shares, worstRows };
}

/** A reconstruction this good is as good as perfect; keeps the logarithm finite. */
const SMALLEST_ERROR = 1e-9;

/** The scale on which scores are compared: errors are positive and skewed, their logarithms nearly normal. */
export function logError(meanError: number): number {
  return Math.log(Math.max(meanError, SMALLEST_ERROR));
}
