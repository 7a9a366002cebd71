/** A maximal run of rows whose flag is up; both ends belong to it. */
export interface FlagRun {
  readonly first: number;
  readonly last: number;
}

/** The runs of flags that are up, in their order. */
export function flagRuns(flags: Uint8Array): readonly FlagRun[] {
  const runs: FlagRun[] = [];
  let first = -1;
  for (let row = 0; row <= flags.length; row += 1) {
    const up = row < flags.length && flags[row] !== 0;
    if (up && first < 0) first = row;
    if (up || first < 0) continue;
    runs.push({ first, last: row - 1 });
    first = -1;
  }
  return runs;
}
