/** A stretch of rows, `from` up to but without `to`. */
export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/** Rows in a row of one kind. */
export interface RowRun extends RowSpan {
  readonly isOn: boolean;
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

export function countRows(spans: readonly RowSpan[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}
