/** How values beyond a level are spread: a generalized Pareto distribution of what they exceed it by. */
export interface TailFit {
  /** Where the tail begins. */
  readonly level: number;
  /** In the unit of the values; not negative. */
  readonly scale: number;
  /** 0 for an exponential tail, above for a heavier one, below for one that ends. */
  readonly shape: number;
  /** How many values the fit rests on. */
  readonly count: number;
}

/** A shape beyond these is the chance of few values, not a property of a score. */
const LOWEST_SHAPE = -0.25;
const HIGHEST_SHAPE = 0.5;
/** The estimated shape counts as much as the exponential one when it rests on so many values. */
const DOUBT = 30;

/**
 * Fits a generalized Pareto distribution to values above a level, by probability-weighted moments.
 *
 * Hosking and Wallis 1987; for few values they are steadier than maximum likelihood. Few values say little about the shape, so
 * it is drawn towards the exponential one: halfway with 30 values. The mean is kept.
 *
 * @param values all at or above `level`, in any order
 */
export function fitTail(values: Float64Array, level: number): TailFit {
  const excesses = values.map((value) => value - level).sort();
  const count = excesses.length;
  let mean = 0;
  let weighted = 0;
  excesses.forEach((excess, at) => {
    mean += excess / count;
    weighted += (excess * (count - 1 - at)) / Math.max(1, count - 1) / count;
  });
  const spread = mean - 2 * weighted;
  const estimate = spread > 0 ? 2 - mean / spread : LOWEST_SHAPE;
  const clamped = Math.min(HIGHEST_SHAPE, Math.max(LOWEST_SHAPE, estimate));
  const shape = (clamped * count) / (count + DOUBT);
  return { level, scale: mean * (1 - shape), shape, count };
}

/**
 * The value that one of the fitted values exceeds with the given probability.
 *
 * @param probability above 0; from 1 on it is the level itself
 */
export function tailQuantile({ level, scale, shape }: TailFit, probability: number): number {
  const times = Math.log(1 / Math.min(1, probability));
  return level + scale * (shape === 0 ? times : Math.expm1(shape * times) / shape);
}
