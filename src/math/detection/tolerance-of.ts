const SHORTEST_LAG = 6;
const LONGEST_LAG = 303;
const USUAL = 125;
const FIRST_COMPARED_LAG = 3;
const LAST_COMPARED_LAG = 400;
const MOST_ROWS = 20_000;

/**
 * How early or late an alarm may be for `vusPr`, in rows: the period of a signal, as TSB-AD finds it.
 *
 * The highest local maximum of the autocorrelation at lags 3 to 400 of the first 20,000 rows; 125 where that lag is under 6
 * or over 303, or where there is none. A value that is not finite counts as the mean. Costs 400 passes over the rows.
 */
export function toleranceOf(signal: Float64Array): number {
  const centred = center(signal.subarray(0, MOST_ROWS));
  const last = Math.min(LAST_COMPARED_LAG, centred.length - 1);
  const correlations = Array.from({ length: last + 1 }, (_, lag) =>
    lag < FIRST_COMPARED_LAG ? Number.NaN : correlation(centred, lag),
  );
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let lag = FIRST_COMPARED_LAG + 1; lag < last; lag += 1) {
    const here = correlations[lag] as number;
    const isPeak =
      here > (correlations[lag - 1] as number) && here > (correlations[lag + 1] as number);
    if (!isPeak || here <= highest) continue;
    highest = here;
    best = lag;
  }
  return best < SHORTEST_LAG || best > LONGEST_LAG ? USUAL : best;
}

function center(signal: Float64Array): Float64Array {
  const known = signal.filter((value) => Number.isFinite(value));
  const mean = known.reduce((sum, value) => sum + value / known.length, 0);
  return signal.map((value) => (Number.isFinite(value) ? value - mean : 0));
}

function correlation(centred: Float64Array, lag: number): number {
  let sum = 0;
  for (let row = lag; row < centred.length; row += 1) {
    sum += (centred[row] as number) * (centred[row - lag] as number);
  }
  return sum;
}
