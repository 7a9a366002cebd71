import { splitRuns } from "../row-run.ts";

/** A maximal run of rows whose flag is up; both ends belong to it. */
export interface FlagRun {
  readonly first: number;
  readonly last: number;
}

/** The runs of flags that are up, in their order. */
export function flagRuns(flags: Uint8Array): readonly FlagRun[] {
  return splitRuns(flags)
    .filter(({ isOn }) => isOn)
    .map(({ from, to }) => ({ first: from, last: to - 1 }));
}
