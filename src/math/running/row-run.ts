/** Rows in a row of one kind. */
export interface RowRun {
  readonly isOn: boolean;
  readonly from: number;
  /** Behind the last row. */
  readonly to: number;
}

/** Cuts rows into runs, the kinds in turn. */
export function splitRuns(isOn: Uint8Array): RowRun[] {
  const runs: RowRun[] = [];
  for (let from = 0; from < isOn.length; ) {
    let to = from + 1;
    while (to < isOn.length && isOn[to] === isOn[from]) to += 1;
    runs.push({ isOn: isOn[from] === 1, from, to });
    from = to;
  }
  return runs;
}

export function countRows(runs: readonly RowRun[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Length of the run that the middle one of all rows lies in: many short runs do not hide a long one, nor do they pass for one. */
export function typicalLength(runs: readonly RowRun[]): number {
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
