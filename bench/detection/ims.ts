import { detectionQuality } from "../../src/math/detection/detection-quality.ts";
import type { Values } from "../report/table.ts";
import { mean } from "./measures.ts";
import type { Case, JudgedRun } from "./method.ts";
import { middleMs, type Protocol } from "./protocol.ts";
import { type Recording, readRecording, rowsOf } from "./recording.ts";

const TRAINING_SHARE = 0.2;
const ROWS_PER_HOUR = 6;
const DAY_ROWS = 24 * ROWS_PER_HOUR;
const WEEK_ROWS = 7 * DAY_ROWS;

/** The bearings that had failed at the end of each run. */
const FAILED: Readonly<Record<string, readonly string[]>> = {
  test1: ["3", "4"],
  test2: ["1"],
  test3: ["3"],
};

/** Bearings run to failure: the end of the recording is the failure, and nothing else is labelled. */
export function ims(folder: string): Protocol {
  const wholes = Object.keys(FAILED).map((name) => readRecording(folder, `${name}.csv`));
  const cases = wholes.map((whole) => {
    const end = Math.round(TRAINING_SHARE * whole.timesMs.length);
    return {
      train: { ...rowsOf(whole, 0, end), name: `${whole.name}-train` },
      test: rowsOf(whole, end),
    };
  });
  return {
    title: `IMS bearings, the first ${100 * TRAINING_SHARE} % of each run train`,
    columns: [
      { key: "run", title: "run", unit: "text" },
      { key: "warningHours", title: "warning (h)", unit: "rate" },
      { key: "inAlarm", title: "of it in alarm", unit: "share" },
      { key: "falseAlarms", title: "false alarms before", unit: "count" },
      { key: "blamed", title: "bearings by contribution", unit: "text" },
      { key: "failed", title: "failed", unit: "text" },
    ],
    references: [
      { method: "goal", warningHours: ">= 24", falseAlarms: 0, blamed: "failed ones first" },
    ],
    cases,
    clockFromMs: middleMs,
    measure: (runs) => runs.map((run, place) => warning(run, (cases[place] as Case).test)),
  };
}

/**
 * The warning begins with the first alarm of the last week after which no day passes without another one, up to the
 * end. Alarms that begin before it are false. Days and hours are of operation: a row is ten minutes, however long the
 * rig stood still between two of them.
 */
function warning(run: JudgedRun, { name, tags }: Recording): Values {
  const first = warningRow(run.alarms);
  const alarms = run.alarms.subarray(first);
  const blamed = run.shares.slice(first).filter((_, row) => alarms[row] !== 0);
  const before = {
    timesMs: run.timesMs.slice(0, first),
    scores: run.scores.slice(0, first),
    alarms: run.alarms.slice(0, first),
    labels: run.labels.slice(0, first),
  };
  return {
    run: name,
    warningHours: alarms.length / ROWS_PER_HOUR,
    inAlarm: mean([...alarms]),
    falseAlarms: detectionQuality(before).falseAlarms,
    blamed: bearingsByShare(blamed, tags).join(", "),
    failed: (FAILED[name] ?? []).join(", "),
  };
}

function warningRow(alarms: Uint8Array): number {
  let first = alarms.length;
  for (let row = alarms.length - 1; row >= alarms.length - WEEK_ROWS && row >= 0; row -= 1) {
    if (first - row > DAY_ROWS) break;
    if (alarms[row] !== 0) first = row;
  }
  return first;
}

/** Bearings by the mean share of their tags, the highest first; a tag is named after its bearing, as `Bearing_3_A`. */
function bearingsByShare(
  shares: readonly (readonly number[])[],
  tags: readonly string[],
): readonly string[] {
  const bearings = new Map<string, number>();
  for (const [place, tag] of tags.entries()) {
    const bearing = tag.split("_")[1] ?? tag;
    const share = mean(shares.map((row) => row[place] ?? Number.NaN));
    if (!Number.isNaN(share)) bearings.set(bearing, (bearings.get(bearing) ?? 0) + share);
  }
  return [...bearings].sort(([, a], [, b]) => b - a).map(([bearing]) => bearing);
}
