import { moments } from "./statistics.ts";

/** What varies by no more than this share of its mean does so by rounding. */
const CONSTANT = 1e-12;
/** The values are averaged over so many stretches of time at most. */
const STRETCHES = 500;

/**
 * Says how many independent values would leave the mean of a series as uncertain as it is: few for a level that wanders slowly, however
 * many rows have been recorded.
 *
 * Values that follow each other resemble each other. The variance of the mean is the sum of the autocovariances of the averages over stretches
 * of time, up to the first that is not positive (the initial positive sequence of Geyer 1992).
 *
 * @param values in time order
 * @returns 1 to the number of values; that number for a constant
 */
export function effectiveSamples(values: Float64Array): number {
  const { mean, deviation } = moments(values);
  if (deviation <= CONSTANT * Math.abs(mean)) return values.length;
  const stretches = Math.min(STRETCHES, values.length);
  const averages = Float64Array.from({ length: stretches }, (_, stretch) => {
    const from = Math.floor((stretch * values.length) / stretches);
    const to = Math.floor(((stretch + 1) * values.length) / stretches);
    return moments(values.subarray(from, to)).mean - mean;
  });
  let sum = autocovariance(averages, 0);
  for (let lag = 1; lag < stretches; lag += 1) {
    const covariance = autocovariance(averages, lag);
    if (covariance <= 0) break;
    sum += 2 * covariance;
  }
  return Math.min(values.length, Math.max(1, (stretches * deviation ** 2) / sum));
}

function autocovariance(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let place = lag; place < values.length; place += 1) {
    sum += (values[place] as number) * (values[place - lag] as number);
  }
  return sum / values.length;
}
