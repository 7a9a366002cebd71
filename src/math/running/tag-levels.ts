import type { RowRun } from "../row-run.ts";
import { quantile } from "../statistics.ts";

/** More values than this say nothing more about a level. */
const MOST_VALUES = 2_000;

/** Of a run; what the tags do before tells nothing of the state. */
export const SETTLING_SHARE = 0.5;

/** What a tag does in some rows. */
export interface TagLevels {
  /** In ascending order. */
  readonly values: Float64Array;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** Median of the changes from row to row. */
  readonly activity: number;
}

/** @param values shape `[rows, width]` */
export function measureLevels(
  values: Float64Array,
  width: number,
  tag: number,
  rows: Uint32Array,
): TagLevels {
  const cells = rows.map((row) => row * width + tag);
  const sorted = Float64Array.from(cells, (cell) => values[cell] as number)
    .filter(Number.isFinite)
    .sort();
  const changes = Float64Array.from(cells, (cell) =>
    Math.abs((values[cell] as number) - (values[cell - width] as number)),
  )
    .filter(Number.isFinite)
    .sort();
  return {
    values: sorted,
    low: quantile(sorted, 0.05),
    middle: quantile(sorted, 0.5),
    high: quantile(sorted, 0.95),
    activity: changes.length > 0 ? quantile(changes, 0.5) : 0,
  };
}

/** Known values of a tag in all of a trace, evenly spread, in ascending order. */
export function sampleTag(values: Float64Array, width: number, tag: number): Float64Array {
  const rows = values.length / width;
  const every = Math.max(1, Math.ceil(rows / MOST_VALUES));
  const picks = { length: Math.ceil(rows / every) };
  return Float64Array.from(picks, (_, pick) => values[pick * every * width + tag] as number)
    .filter(Number.isFinite)
    .sort();
}

/**
 * Rows of runs, evenly spread.
 *
 * @param fromShare share of each run that is left out at its beginning: what the change from the run before brought
 */
export function spreadRows(runs: readonly RowRun[], fromShare: number): Uint32Array {
  const parts = runs.map(({ from, to }) => ({
    from: from + Math.ceil((to - from) * fromShare),
    to,
  }));
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const every = Math.max(1, Math.ceil(total / MOST_VALUES));
  const rows: number[] = [];
  for (const { from, to } of parts) for (let row = from; row < to; row += every) rows.push(row);
  return Uint32Array.from(rows);
}
