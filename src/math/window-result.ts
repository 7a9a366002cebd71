import type { Contribution, Score, Verdict } from "../core/score.ts";

/** What was found out about one window. One object serves many windows, one after the other: read it before the next. */
export interface WindowResult {
  endMs: number;
  value: number;
  threshold: number;
  /** `NaN` where the model has none. */
  warningThreshold: number;
  verdict: Verdict;
  coverage: number;
  /** Shape `[tags]`: each tag's part, adds up to 1; empty where nothing was judged. */
  shares: Float64Array;
}

/** What is known of a tag in a window beside its share. */
export type Deviation = Omit<Contribution, "share">;

/** Of what was not judged. */
export const NO_SHARES: Float64Array = new Float64Array(0);
const NONE: readonly Contribution[] = [];

export function emptyResult(): WindowResult {
  return {
    endMs: Number.NaN,
    value: Number.NaN,
    threshold: Number.NaN,
    warningThreshold: Number.NaN,
    verdict: "insufficient-data",
    coverage: 0,
    shares: NO_SHARES,
  };
}

/** Whether anybody will ask where a score comes from: it is worth a look, or raises an alarm. */
export function isStrange({ value, threshold, warningThreshold }: WindowResult): boolean {
  return value >= (warningThreshold < threshold ? warningThreshold : threshold);
}

/** @param deviations of all tags; left out where nobody will ask */
export function toScore(result: WindowResult, deviations?: readonly Deviation[]): Score {
  const { endMs, value, threshold, warningThreshold, verdict, coverage, shares } = result;
  const contributions =
    deviations?.map((deviation, tag) => ({ ...deviation, share: shares[tag] as number })) ?? NONE;
  return Number.isNaN(warningThreshold)
    ? { endMs, value, threshold, verdict, coverage, contributions }
    : { endMs, value, threshold, warningThreshold, verdict, coverage, contributions };
}
