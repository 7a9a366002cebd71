import { quantile } from "../statistics.ts";
import { aucRoc } from "./auc-roc.ts";
import { type FlagRun, flagRuns } from "./flag-runs.ts";
import { vusPr } from "./vus-pr.ts";

/** What a method said of a recording, row by row, beside what people know of it. */
export interface LabelledRun {
  /** Epoch milliseconds, ascending. */
  readonly timesMs: Float64Array;
  /** Higher is stranger; `NaN` where nothing was judged. */
  readonly scores: Float64Array;
  /** 1 where the window that ends in this row is in alarm. */
  readonly alarms: Uint8Array;
  /** 1 where the equipment is known to be anomalous. */
  readonly labels: Uint8Array;
}

export interface DetectionQualityOptions {
  /**
   * Alarms less than this apart are one episode.
   * @defaultValue ten times the usual (median) step between two rows
   */
  readonly episodeGapMs?: number;
  /**
   * How early or late an alarm may be for `vusPr`, in rows.
   * @defaultValue 125
   */
  readonly toleranceRows?: number;
}

/** How well alarms and scores agree with labels. Shares and rates are 0 to 1; `NaN` where the run has no rows to tell it from. */
export interface DetectionQuality {
  readonly rows: number;
  /** Runs of labelled rows. */
  readonly events: number;
  /** Events with an alarm in at least one of their rows. */
  readonly detected: number;
  /** `detected` / `events`. */
  readonly eventRecall: number;
  /** Episodes of alarm without an alarm in a labelled row. */
  readonly falseAlarms: number;
  /** `falseAlarms` for each day of judged, unlabelled rows. */
  readonly falseAlarmsPerDay: number;
  /** Share of the judged, unlabelled rows that is in alarm. */
  readonly normalShareInAlarm: number;
  /** From the first row of an event to the first alarm within it, over the events detected; 0 where the alarm stood before. */
  readonly delayMs: { readonly median: number; readonly p90: number } | undefined;
  /** Of rows: true positives / (true positives + half of all errors). */
  readonly f1: number;
  /** FAR: share of the unlabelled rows, judged or not, that is in alarm. */
  readonly falseAlarmRate: number;
  /** MAR: share of the labelled rows that is not. */
  readonly missedAlarmRate: number;
  /** Share of the rows in alarm that is labelled. */
  readonly precision: number;
  readonly aucRoc: number;
  readonly vusPr: number;
}

/**
 * Measures how well a method did on a labelled recording, without point adjustment: a row counts for itself only.
 *
 * @throws TypeError when the columns differ in length
 */
export function detectionQuality(
  run: LabelledRun,
  { toleranceRows = 125, ...options }: DetectionQualityOptions = {},
): DetectionQuality {
  requireEqualLengths(run);
  const { timesMs, scores, alarms, labels } = run;
  const stepMs = usualStep(timesMs);
  const { episodeGapMs = 10 * stepMs } = options;
  const counts = countRows(run);
  const events = flagRuns(labels);
  const delays = delaysOf(events, timesMs, alarms);
  const falseAlarms = alarmEpisodes(alarms, timesMs, episodeGapMs).filter(
    ({ first, last }) => !overlap(alarms, labels, first, last),
  ).length;
  const normalDays = (counts.judgedNormal * stepMs) / 86_400_000;
  const { tp, fp, fn, tn } = counts;
  return {
    rows: timesMs.length,
    events: events.length,
    detected: delays.length,
    eventRecall: delays.length / events.length,
    falseAlarms,
    falseAlarmsPerDay: falseAlarms / normalDays,
    normalShareInAlarm: fp / counts.judgedNormal,
    delayMs:
      delays.length === 0
        ? undefined
        : { median: quantile(delays, 0.5), p90: quantile(delays, 0.9) },
    f1: tp / (tp + (fn + fp) / 2),
    falseAlarmRate: fp / (fp + tn),
    missedAlarmRate: fn / (fn + tp),
    precision: tp / (tp + fp),
    aucRoc: aucRoc(scores, labels),
    vusPr: vusPr(scores, labels, toleranceRows),
  };
}

function requireEqualLengths({ timesMs, scores, alarms, labels }: LabelledRun): void {
  const lengths = [timesMs, scores, alarms, labels].map((column) => column.length);
  if (new Set(lengths).size === 1) return;
  throw new TypeError(
    `detectionQuality: times, scores, alarms and labels must be equally many, got ${lengths.join(", ")}`,
  );
}

function usualStep(timesMs: Float64Array): number {
  const steps = timesMs.slice(1).map((timeMs, row) => timeMs - (timesMs[row] as number));
  return quantile(steps.sort(), 0.5);
}

function countRows({ scores, alarms, labels }: LabelledRun) {
  const count = (isCounted: (alarm: boolean, labelled: boolean, row: number) => boolean): number =>
    alarms.reduce((sum, alarm, row) => sum + +isCounted(alarm !== 0, labels[row] !== 0, row), 0);
  return {
    tp: count((alarm, labelled) => alarm && labelled),
    fp: count((alarm, labelled) => alarm && !labelled),
    fn: count((alarm, labelled) => !alarm && labelled),
    tn: count((alarm, labelled) => !(alarm || labelled)),
    judgedNormal: count(
      (alarm, labelled, row) => !labelled && (alarm || !Number.isNaN(scores[row])),
    ),
  };
}

/** From the first row of each event to its first alarm, sorted; events without one are left out. */
function delaysOf(
  events: readonly FlagRun[],
  timesMs: Float64Array,
  alarms: Uint8Array,
): Float64Array {
  const delays = events.flatMap(({ first, last }) => {
    const alarm = alarms.subarray(0, last + 1).indexOf(1, first);
    return alarm < 0 ? [] : [(timesMs[alarm] as number) - (timesMs[first] as number)];
  });
  return Float64Array.from(delays).sort();
}

/** Runs of alarm; those less than `gapMs` apart are one. */
function alarmEpisodes(
  alarms: Uint8Array,
  timesMs: Float64Array,
  gapMs: number,
): readonly FlagRun[] {
  const episodes: { readonly first: number; last: number }[] = [];
  for (const { first, last } of flagRuns(alarms)) {
    const before = episodes.at(-1);
    const isNear =
      before !== undefined && (timesMs[first] as number) - (timesMs[before.last] as number) < gapMs;
    if (isNear) before.last = last;
    else episodes.push({ first, last });
  }
  return episodes;
}

function overlap(a: Uint8Array, b: Uint8Array, first: number, last: number): boolean {
  for (let row = first; row <= last; row += 1) if (a[row] !== 0 && b[row] !== 0) return true;
  return false;
}
