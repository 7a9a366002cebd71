import { countRows, type RowRun, type RowSpan } from "../row-run.ts";

/** Length of the run that the middle one of all rows lies in: many short runs do not hide a long one, nor do they pass for one. */
export function typicalLength(runs: readonly RowSpan[]): number {
  const lengths = runs.map(({ from, to }) => to - from).toSorted((one, other) => other - one);
  let left = countRows(runs) / 2;
  for (const length of lengths) {
    left -= length;
    if (left <= 0) return length;
  }
  return 0;
}

/** In words, for the model card. */
export function describeStops(runs: readonly RowRun[]): string {
  const off = runs.filter(({ isOn }) => !isOn);
  const share = (100 * countRows(off)) / countRows(runs);
  const stretches = off.length === 1 ? "one stretch" : `${off.length} stretches`;
  return off.length === 0
    ? "never off in the training trace"
    : `off for ${share.toFixed(1)} % of the training trace, in ${stretches}`;
}
