/** How tags vary together, fit to be inverted. */
export interface ShrunkPrecision {
  /** Shape `[tags, tags]`, symmetric and positive definite: the inverse of the shrunk matrix of mean products. */
  readonly precision: Float64Array;
  /** 0.01 (the samples are believed) to 1 (tags count as unrelated): by how much the correlations were shrunk. */
  readonly shrinkage: number;
}

/** No correlation is believed wholly: along no direction do samples count as more than ten times as precise as their tags. */
const SMALLEST_SHRINKAGE = 0.01;
/** In so many stretches of time the mean products are compared with each other. */
const STRETCHES = 40;

/**
 * Inverts the covariance of residuals, shrunk so that few samples do not pretend to know it.
 *
 * Correlations are shrunk towards zero and the variance of each tag is kept (Schäfer and Strimmer 2005, target D). Shrinking towards a scaled identity
 * (Ledoit and Wolf 2004) would lend quiet tags the variance of noisy ones, and a fault of a quiet tag would drown. By how much to
 * shrink follows from how uncertain the correlations are, which is measured between stretches of time: samples that follow each other resemble each other and say less
 * than their number. The mean of a residual is taken to be zero, so a lasting offset counts as spread.
 *
 * @param samples shape `[n, tags]`, in time order, finite
 * @param smallestDeviation no tag counts as varying less than this; above zero, in the unit of the samples
 */
export function shrunkPrecision(
  samples: Float32Array | Float64Array,
  tags: number,
  smallestDeviation: number,
): ShrunkPrecision {
  const deviations = rootMeanSquares(samples, tags).map((deviation) =>
    Math.max(deviation, smallestDeviation),
  );
  const { correlations, uncertainty } = correlate(samples, deviations);
  const shrinkage = chooseShrinkage(correlations, uncertainty, tags);
  for (let cell = 0; cell < correlations.length; cell += 1) {
    const isDiagonal = cell % (tags + 1) === 0;
    correlations[cell] = isDiagonal ? 1 : (1 - shrinkage) * (correlations[cell] as number);
  }
  const precision = choleskyInverse(correlations, tags).map((value, cell) => {
    const row = Math.floor(cell / tags);
    return value / ((deviations[row] as number) * (deviations[cell % tags] as number));
  });
  return { precision, shrinkage };
}

function rootMeanSquares(samples: Float32Array | Float64Array, tags: number): Float64Array {
  const sums = new Float64Array(tags);
  for (let cell = 0, tag = 0; cell < samples.length; cell += 1) {
    sums[tag] = (sums[tag] as number) + (samples[cell] as number) ** 2;
    tag = tag + 1 === tags ? 0 : tag + 1;
  }
  const count = Math.max(1, samples.length / tags);
  return sums.map((sum) => Math.sqrt(sum / count));
}

/** Mean products of the scaled samples, and the summed variance of those off the diagonal. */
function correlate(
  samples: Float32Array | Float64Array,
  deviations: Float64Array,
): { correlations: Float64Array; uncertainty: number } {
  const tags = deviations.length;
  const count = Math.floor(samples.length / tags);
  const stretches = Math.min(count, STRETCHES);
  const correlations = new Float64Array(tags * tags);
  let squares = 0;
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((stretch * count) / stretches);
    const to = Math.floor(((stretch + 1) * count) / stretches);
    const means = meanProducts(samples, deviations, from, to);
    squares += (offDiagonal(means, tags) * (to - from)) / count;
    means.forEach((mean, cell) => {
      correlations[cell] = (correlations[cell] as number) + (mean * (to - from)) / count;
    });
  }
  const spread = Math.max(0, squares - offDiagonal(correlations, tags));
  const uncertainty = stretches > 1 ? spread / (stretches - 1) : Number.POSITIVE_INFINITY;
  return { correlations, uncertainty };
}

function meanProducts(
  samples: Float32Array | Float64Array,
  deviations: Float64Array,
  from: number,
  to: number,
): Float64Array {
  const tags = deviations.length;
  const means = new Float64Array(tags * tags);
  const scaled = new Float64Array(tags);
  for (let sample = from; sample < to; sample += 1) {
    for (let tag = 0; tag < tags; tag += 1) {
      scaled[tag] = (samples[sample * tags + tag] as number) / (deviations[tag] as number);
    }
    for (let row = 0; row < tags; row += 1) {
      const factor = (scaled[row] as number) / (to - from);
      for (let tag = 0; tag < tags; tag += 1) {
        const cell = row * tags + tag;
        means[cell] = (means[cell] as number) + factor * (scaled[tag] as number);
      }
    }
  }
  return means;
}

function offDiagonal(matrix: Float64Array, size: number): number {
  let sum = 0;
  matrix.forEach((value, cell) => {
    if (cell % (size + 1) !== 0) sum += value * value;
  });
  return sum;
}

function chooseShrinkage(correlations: Float64Array, uncertainty: number, tags: number): number {
  const size = offDiagonal(correlations, tags);
  if (size === 0) return 1;
  return Math.min(1, Math.max(SMALLEST_SHRINKAGE, uncertainty / size));
}

/**
 * Inverts a positive definite matrix by way of its Cholesky factor.
 *
 * @param matrix shape `[size, size]`, symmetric; only read
 */
export function choleskyInverse(matrix: Float64Array, size: number): Float64Array {
  const factor = choleskyFactor(matrix, size);
  const inverse = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    const solution = inverse.subarray(row * size, (row + 1) * size);
    solution[row] = 1;
    solve(factor, solution);
  }
  return inverse;
}

/** Solves `L L' x = b` in place. */
function solve(factor: Float64Array, x: Float64Array): void {
  const size = x.length;
  for (let row = 0; row < size; row += 1) {
    let rest = x[row] as number;
    for (let at = 0; at < row; at += 1) {
      rest -= (factor[row * size + at] as number) * (x[at] as number);
    }
    x[row] = rest / (factor[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let rest = x[row] as number;
    for (let at = row + 1; at < size; at += 1) {
      rest -= (factor[at * size + row] as number) * (x[at] as number);
    }
    x[row] = rest / (factor[row * size + row] as number);
  }
}

/** The lower triangular `L` with `L L' = matrix`. */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = matrix[row * size + column] as number;
      for (let at = 0; at < column; at += 1) {
        rest -= (factor[row * size + at] as number) * (factor[column * size + at] as number);
      }
      const isDiagonal = row === column;
      const divisor = factor[column * size + column] as number;
      factor[row * size + column] = isDiagonal ? Math.sqrt(rest) : rest / divisor;
    }
  }
  return factor;
}
