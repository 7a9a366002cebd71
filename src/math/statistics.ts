/** Mean and standard deviation (of the population). Both `NaN` for an empty array. */
export function moments(values: Float64Array): { mean: number; deviation: number } {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  return values.length === 0
    ? { mean: Number.NaN, deviation: Number.NaN }
    : { mean, deviation: Math.sqrt(variance) };
}

/**
 * The `share`-quantile of sorted values, interpolated linearly (type 7 of Hyndman and Fan 1996).
 *
 * @param share 0 (smallest) to 1 (largest)
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - below);
}
