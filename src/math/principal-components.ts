import { leadingEigen } from "./leading-eigen.ts";
import { windowMoments } from "./window-moments.ts";

/** Variance below this share of the whole is rounding. */
const NOTHING = 1e-12;

export interface PrincipalComponentsOptions {
  /** How much of the windows' variance the components keep at least, 0 to 1. */
  readonly varianceShare: number;
  /** ... unless that takes more components than this. */
  readonly maxRank: number;
}

/** The directions in which windows vary most. */
export interface PrincipalComponents {
  /** Shape `[rank, cells]`: orthonormal rows, largest variance first, each with its largest entry positive. */
  readonly components: Float32Array;
  /** Shape `[rank]`: mean square of the windows along each component. */
  readonly variances: Float64Array;
  /** Mean square of the windows, summed over their cells; what the components leave out is the mean squared error of the reconstruction. */
  readonly totalVariance: number;
  /** How many windows were looked at: all, or an even choice of them where they lie apart and are many. */
  readonly windows: number;
}

/**
 * Finds the fewest principal components of windows that keep the share of variance asked for.
 *
 * The windows are taken as they are: whoever wants variances about the mean centers the frames first. They are not
 * materialized; the memory needed is that of a few matrices `[cells, cells]`. The same frames give the same components. There are none when all
 * windows are zero.
 *
 * @param frames shape `[rows, tags]`, normalized; every cell of a window must be finite
 * @param starts first row of each window, ascending
 */
export function principalComponents(
  frames: Float32Array | Float64Array,
  starts: Uint32Array,
  { length, tags }: { readonly length: number; readonly tags: number },
  { varianceShare, maxRank }: PrincipalComponentsOptions,
): PrincipalComponents {
  const cells = length * tags;
  const { matrix, windows } = windowMoments({ frames, starts, length, tags });
  let totalVariance = 0;
  for (let cell = 0; cell < cells; cell += 1) totalVariance += matrix[cell * (cells + 1)] as number;
  const most = Math.min(maxRank, cells);
  const enough = (values: Float64Array): number | undefined => {
    let kept = 0;
    for (let rank = 0; rank < values.length; rank += 1) {
      const variance = values[rank] as number;
      const isKept = rank > 0 && kept >= varianceShare * totalVariance;
      if (isKept || rank === most || variance <= NOTHING * totalVariance) return rank;
      kept += variance;
    }
    return values.length === most ? most : undefined;
  };
  const { values, vectors } = leadingEigen(matrix, cells, enough);
  return { components: Float32Array.from(vectors), variances: values, totalVariance, windows };
}
