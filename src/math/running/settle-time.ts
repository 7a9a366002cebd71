import { countRows, type RowRun } from "../row-run.ts";
import { quantile } from "../statistics.ts";
import type { RunningTrace } from "./running-trace.ts";
import type { TagLevels } from "./tag-levels.ts";

/** The usual band of a tag is this much wider on either side than what nearly all of its values take up. */
const MARGIN = 0.25;
/** Rows that are looked at together, so that noise neither ends nor prolongs the settling. */
const TOGETHER = 10;
/** Starts that took longer than this share of them were disturbed. */
const USUAL_STARTS = 0.9;

/** Lowest and highest usual value of a tag. */
export type UsualBand = readonly [low: number, high: number];

/** @param on what the tag does while the machine runs */
export function usualBand({ values }: TagLevels): UsualBand {
  const [low, high] = [quantile(values, 0.02), quantile(values, 0.98)];
  const margin = MARGIN * (high - low);
  return [low - margin, high + margin];
}

/** The next start may take somewhat longer than those that were seen. */
const RESERVE = 1.2;
/** Of the running time, so much must be left to learn from and to judge. */
const LEAST_SETTLED_SHARE = 0.5;
/** Of each run, so that with the reserve no more than half of it is left out. */
const SEARCHED_SHARE = 0.4;
/** For a machine that was never seen to start ... */
const ASSUMED_MS = 300_000;
/** ... but no more of the running time than this. */
const MOST_ASSUMED_SHARE = 0.1;

/** How long a machine takes after a start to be as usual. */
export interface Settling {
  readonly settleMs: number;
  /** For the model card. */
  readonly why: string;
}

/**
 * Measures how long the tags take after the starts of a trace to come within their usual bands. Where that is most of the running
 * time, the machine never settles, and its starts are a part of its work.
 *
 * @param bands what is usual for each tag
 * @param runs running and standing still in turn
 */
export function measureSettling(
  { values, periodMs }: RunningTrace,
  bands: readonly UsualBand[],
  runs: readonly RowRun[],
): Settling {
  const on = runs.filter(({ isOn }) => isOn);
  const starts = runs.slice(1).filter(({ isOn }) => isOn);
  if (starts.length === 0) {
    const most = Math.floor(MOST_ASSUMED_SHARE * countRows(on));
    const settleMs = Math.min(most, Math.ceil(ASSUMED_MS / periodMs)) * periodMs;
    return { settleMs, why: `no start in it, so ${inSeconds(settleMs)} to settle are assumed` };
  }
  const settle = Math.ceil(RESERVE * settleRows(values, bands, starts));
  const settled = on.map((run) => ({ ...run, from: Math.min(run.to, run.from + settle) }));
  const isMost = countRows(settled) < LEAST_SETTLED_SHARE * countRows(on);
  const settleMs = isMost ? 0 : settle * periodMs;
  const why =
    settleMs > 0 ? `as usual ${inSeconds(settleMs)} after a start` : "starts are learnt, too";
  return { settleMs, why };
}

function inSeconds(ms: number): string {
  return `${Number((ms / 1_000).toPrecision(3))} s`;
}

/**
 * Rows that the tags usually take after a start. A tag that is not there after two fifths of the
 * run does not settle but wanders, and counts for nothing.
 */
function settleRows(
  values: Float64Array,
  bands: readonly UsualBand[],
  starts: readonly RowRun[],
): number {
  const times = starts.map((start) =>
    Math.max(0, ...bands.map((band, tag) => settleRow(values, bands.length, tag, band, start))),
  );
  return Math.ceil(quantile(Float64Array.from(times).sort(), USUAL_STARTS));
}

/** Mean number of rows at the end of runs in which a tag is no longer within its usual band: the machine stops and is not yet taken for off. */
export function runDownRows(
  values: Float64Array,
  bands: readonly UsualBand[],
  ends: readonly RowRun[],
): number {
  const isUsual = (row: number): boolean =>
    bands.every((band, tag) => !isOutside(values[row * bands.length + tag] as number, band));
  let rows = 0;
  for (const { from, to } of ends) {
    for (let row = to - 1; row >= from && !isUsual(row); row -= 1) rows += 1;
  }
  return ends.length > 0 ? rows / ends.length : 0;
}

function isOutside(value: number, [low, high]: UsualBand): boolean {
  return value < low || value > high;
}

/** Rows of a run before the end of the last stretch of its beginning in which most values of a tag are out of its band. */
function settleRow(
  values: Float64Array,
  width: number,
  tag: number,
  band: UsualBand,
  { from, to }: RowRun,
): number {
  const beginning = Math.floor((to - from) * SEARCHED_SHARE);
  const isOut = (row: number): boolean =>
    isOutside(values[(from + row) * width + tag] as number, band);
  let settled = 0;
  let outside = 0;
  for (let row = 0; row < beginning; row += 1) {
    if (isOut(row)) outside += 1;
    if (row >= TOGETHER && isOut(row - TOGETHER)) outside -= 1;
    if (outside > Math.min(TOGETHER, row + 1) / 2) settled = row + 1;
  }
  return settled < beginning ? settled : 0;
}
