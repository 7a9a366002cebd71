import type { LabelledRun } from "../../src/math/detection/detection-quality.ts";

interface RowCounts {
  /** Labelled, in alarm. */
  readonly tp: number;
  /** Unlabelled, in alarm. */
  readonly fp: number;
  /** Labelled, not in alarm. */
  readonly fn: number;
  /** Neither. */
  readonly tn: number;
}

/** Rows of each kind over several runs. */
export function countRows(runs: readonly LabelledRun[]): RowCounts {
  const count = (alarm: number, label: number): number =>
    sum(
      runs.flatMap(({ alarms, labels }) =>
        Array.from(alarms, (one, row) => +(one === alarm && labels[row] === label)),
      ),
    );
  return { tp: count(1, 1), fp: count(1, 0), fn: count(0, 1), tn: count(0, 0) };
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return mean([sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN]);
}
