import { countRows, type RowRun, splitRuns } from "../row-run.ts";
import { typicalLength } from "./describe-runs.ts";
import { judgeRest, type Rest } from "./machine-rest.ts";
import type { RunningTrace } from "./running-trace.ts";
import { runDownRows, type UsualBand, usualBand } from "./settle-time.ts";
import { measureLevels, SETTLING_SHARE, spreadRows, type TagLevels } from "./tag-levels.ts";

/** What a tag must be above for the machine to run. */
export interface TagLimit {
  readonly tag: number;
  readonly limit: number;
}

/** What came of taking the machine for off while no tag is above its limit. */
export interface TriedRule {
  /** Running and standing still in turn. */
  readonly runs: readonly RowRun[];
  /** Of each tag while the machine runs. */
  readonly bands: readonly UsualBand[];
  readonly rest: Rest;
  /** After the machine was switched off, and before the rule says so; a mean. */
  readonly lateRows: number;
}

/** Shorter stops belong to what the machine does. */
const LEAST_STOP_MS = 60_000;
const LEAST_STOP_ROWS = 20;
const LEAST_RUN_ROWS = 60;
const LEAST_OFF_SHARE = 0.02;
const LEAST_ON_SHARE = 0.1;
const PROMPT_ROWS = 2;

/** Tries a rule; `undefined` where the machine is not at rest while it says off, or not for long enough. */
export function tryLimits(
  limits: readonly TagLimit[],
  { values, tags, periodMs }: RunningTrace,
): TriedRule | undefined {
  const width = tags.length;
  const runs = splitRuns(markOn(values, width, limits));
  const [on, off] = [runs.filter(({ isOn }) => isOn), runs.filter(({ isOn }) => !isOn)];
  if (!areLasting(on, off, periodMs)) return undefined;
  const inRows = (rows: Uint32Array): TagLevels[] =>
    tags.map((_, tag) => measureLevels(values, width, tag, rows));
  const [usual, still] = [inRows(spreadRows(on, 0)), inRows(spreadRows(off, SETTLING_SHARE))];
  const inBoth = usual.map((levels, tag) => ({
    on: levels,
    off: still[tag] as TagLevels,
    isPrompt: isPrompt(off, levels, (row) => values[row * width + tag] as number),
  }));
  const rest = judgeRest(inBoth.filter((_, tag) => tag !== limits[0]?.tag));
  if (!rest) return undefined;
  const bands = inRows(spreadRows(on, SETTLING_SHARE)).map(usualBand);
  const stops = runs.slice(0, -1).filter(({ isOn }) => isOn);
  return { runs, bands, rest, lateRows: runDownRows(values, bands, stops) };
}

/** Whether a tag is off its usual level in the third row of most stops. */
function isPrompt(
  stops: readonly RowRun[],
  { low, high }: TagLevels,
  valueAt: (row: number) => number,
): boolean {
  const isOff = ({ from }: RowRun): boolean => {
    const value = valueAt(from + PROMPT_ROWS);
    return value < low || value > high;
  };
  return stops.filter(isOff).length > stops.length / 2;
}

/** 1 where a tag is above its limit; a row that does not tell is as the one before. */
function markOn(values: Float64Array, width: number, limits: readonly TagLimit[]): Uint8Array {
  let isOn = 1;
  return Uint8Array.from({ length: values.length / width }, (_, row) => {
    const above = limits.map(({ tag, limit }) => (values[row * width + tag] as number) - limit);
    if (above.some((distance) => distance > 0)) isOn = 1;
    else if (above.every((distance) => distance <= 0)) isOn = 0;
    return isOn;
  });
}

function areLasting(on: readonly RowRun[], off: readonly RowRun[], periodMs: number): boolean {
  const rows = countRows(on) + countRows(off);
  return (
    typicalLength(off) >= Math.max(LEAST_STOP_ROWS, LEAST_STOP_MS / periodMs) &&
    typicalLength(on) >= LEAST_RUN_ROWS &&
    countRows(off) >= LEAST_OFF_SHARE * rows &&
    countRows(on) >= LEAST_ON_SHARE * rows
  );
}
