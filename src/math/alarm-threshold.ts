import { GatewayError } from "../errors.ts";
import type { EpisodeCurve, ScoreRecord } from "./alarm-episodes.ts";
import { alarmLevels, episodeCurve, episodePeaks } from "./alarm-episodes.ts";
import { spreadBound } from "./spread-bound.ts";
import { quantile } from "./statistics.ts";
import { fitTail, tailQuantile } from "./tail-fit.ts";

const DAY_MS = 86_400_000;
/** A rate is counted rather than extrapolated when the recording should show it so many times. */
const ENOUGH_ALARMS = 5;
/** The tail is fitted to about so many episodes ... */
const TAIL_EPISODES = 30;
/** ... and not to fewer than this ... */
const FEWEST_TAIL_EPISODES = 10;
/** ... nor to levels that more than this share of normal windows reach. */
const TAIL_SHARE = 0.2;
/** Never more than this share of normal windows is in alarm, however many false alarms are allowed. */
const MOST_IN_ALARM = 0.02;
/** What has never been seen begins this far above the highest level, as a share of the highest level's distance from the middle one. */
const CLEARANCE = 0.01;

export interface AlarmThresholdOptions {
  /** How many alarm episodes normal operation may cause, above zero. */
  readonly falseAlarmsPerDay: number;
  /** Distance of the windows. */
  readonly strideMs: number;
  /** How many windows in a row must reach the threshold to raise an alarm: the on-delay divided by the stride, and 1. */
  readonly onDelayWindows: number;
  /** Alarms that are no further apart are one episode: the off-delay. */
  readonly quietMs: number;
}

export interface AlarmThreshold {
  /** An alarm is what reaches it. */
  readonly threshold: number;
  /** Counted in the recording; extrapolated from the tail of its episodes; or, where there are too few of them, from mean and spread. */
  readonly method: "episodes" | "tail" | "spread";
  /** The lowest rate that the recording is long enough to show. */
  readonly supportedPerDay: number;
  /** How long the recording is, without what was not judged. */
  readonly observedDays: number;
  /** A sentence for the model card: where the threshold comes from, and how far it can be relied on. */
  readonly note: string;
}

/**
 * Finds the threshold at which normal operation raises as many alarms a day as asked for.
 *
 * Alarms are counted as the operator sees them: scores that stay above the threshold for the on-delay, and once for what is less
 * than `quietMs` apart. Where the recording should show five alarms or more they are counted. For lower rates a
 * generalized Pareto distribution is fitted to the peaks of some thirty episodes at lower levels (peaks over threshold, declustered by runs), and
 * where there are not even ten of them the threshold is a prediction bound of Student's. It is always above every level that the recording
 * exceeds more often than asked for.
 *
 * @param scores of normal windows that the model was not trained on, in time order; `NaN` where a window was not judged
 * @param blocks first index of each contiguous block, ascending
 * @throws GatewayError `TRAINING_DATA_INSUFFICIENT` when no window was judged
 */
export function alarmThreshold(
  scores: Float64Array,
  blocks: Uint32Array,
  options: AlarmThresholdOptions,
): AlarmThreshold {
  const judged = scores.filter((score) => !Number.isNaN(score));
  if (judged.length === 0) throw nothingJudged(scores.length);
  const { falseAlarmsPerDay, strideMs, onDelayWindows, quietMs } = options;
  const quietWindows = Math.ceil(quietMs / strideMs);
  const record = { scores, blocks, onDelayWindows, quietWindows };
  const { levels, isInPieces } = knownLevels(record, judged.length);
  const observedDays = (judged.length * strideMs) / DAY_MS;
  const allowed = falseAlarmsPerDay * observedDays;
  const curve = episodeCurve(levels, record);
  const counted = countedThreshold(levels, curve, allowed);
  const { threshold, method, basis } =
    allowed >= ENOUGH_ALARMS
      ? { threshold: counted, method: "episodes" as const, basis: "" }
      : extrapolate(allowed, { levels, record, curve, judged, isInPieces });
  const supportedPerDay = ENOUGH_ALARMS / observedDays;
  return {
    threshold: Math.max(threshold, counted),
    method,
    supportedPerDay,
    observedDays,
    note: describe({ falseAlarmsPerDay, supportedPerDay, observedDays, basis }),
  };
}

/** Without the on-delay where most stretches of the recording are not as long as it. */
function knownLevels(
  record: ScoreRecord,
  judged: number,
): { readonly levels: Float64Array; readonly isInPieces: boolean } {
  const levels = alarmLevels(record);
  const known = levels.filter((level) => !Number.isNaN(level)).length;
  const isInPieces = known < judged / 2;
  return {
    levels: isInPieces ? alarmLevels({ ...record, onDelayWindows: 1 }) : levels,
    isInPieces,
  };
}

/** The lowest threshold that the recording reaches no more often than allowed, and above it as well. */
function countedThreshold(
  levels: Float64Array,
  { thresholds, counts }: EpisodeCurve,
  allowed: number,
): number {
  const sorted = sortedLevels(levels);
  const floor = quantile(sorted, 1 - MOST_IN_ALARM);
  const place = counts.findIndex((count) => count > allowed);
  if (place === -1) return floor;
  const tooLow = thresholds[place] as number;
  const next = thresholds[place - 1];
  if (next !== undefined) return Math.max(floor, (tooLow + next) / 2);
  return tooLow + clearance(tooLow, quantile(sorted, 0.5));
}

/** Above zero even where all scores are the same. */
function clearance(highest: number, middle: number): number {
  return Math.max(CLEARANCE * (highest - middle), Math.abs(highest) * 1e-9, Number.MIN_VALUE);
}

interface Extrapolation {
  readonly threshold: number;
  readonly method: "tail" | "spread";
  readonly basis: string;
}

interface Recording {
  readonly record: ScoreRecord;
  /** The scores that are known. */
  readonly judged: Float64Array;
  readonly levels: Float64Array;
  readonly curve: EpisodeCurve;
  /** Single windows show no episodes, whose peaks a tail could be fitted to. */
  readonly isInPieces: boolean;
}

function extrapolate(allowed: number, recording: Recording): Extrapolation {
  const { record, judged, levels, curve, isInPieces } = recording;
  const level = tailLevel(levels, curve);
  const peaks = episodePeaks(levels, record, level);
  const count = peaks.length;
  if (isInPieces || count < FEWEST_TAIL_EPISODES) {
    const { threshold, independent, chance } = spreadBound(judged, allowed);
    const why = isInPieces
      ? "single windows show no episodes"
      : `${count} episodes are too few for a tail fit`;
    const basis = `out of its reach: ${why}, so the threshold is what ${rounded(100 * chance)} % of independent scores exceed, by mean and spread of ${independent}`;
    return { threshold, method: "spread", basis };
  }
  const fit = fitTail(peaks, level);
  const basis = `extrapolated by a tail fit over ${count} episodes at lower levels`;
  return { threshold: tailQuantile(fit, allowed / count), method: "tail", basis };
}

/** Where the tail begins: the highest level that gives enough episodes, or else the most. */
function tailLevel(levels: Float64Array, { thresholds, counts }: EpisodeCurve): number {
  const lowest = quantile(sortedLevels(levels), 1 - TAIL_SHARE);
  let best = 0;
  for (let place = 1; (thresholds[place] ?? Number.NaN) >= lowest; place += 1) {
    if ((counts[best] as number) >= TAIL_EPISODES) break;
    if ((counts[place] as number) > (counts[best] as number)) best = place;
  }
  return thresholds[best] as number;
}

function sortedLevels(levels: Float64Array): Float64Array {
  return levels.filter((level) => !Number.isNaN(level)).sort();
}

function describe(
  found: Pick<AlarmThreshold, "supportedPerDay" | "observedDays"> & {
    readonly falseAlarmsPerDay: number;
    readonly basis: string;
  },
): string {
  const asked = rounded(found.falseAlarmsPerDay);
  const covers = `the recording covers ${duration(found.observedDays)}`;
  if (found.basis === "") {
    return `${covers}; the threshold is the one that it exceeds no more than ${asked} times a day`;
  }
  return `${covers} and can show ${rounded(found.supportedPerDay)} false alarms a day or more; the rate of ${asked} a day is ${found.basis}`;
}

function duration(days: number): string {
  if (days >= 2) return `${rounded(days)} days`;
  const hours = 24 * days;
  return hours >= 2 ? `${rounded(hours)} hours` : `${rounded(60 * hours)} minutes`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

function nothingJudged(windows: number): GatewayError {
  return new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `alarm threshold: none of ${windows} held-out windows could be judged`,
    { hint: "Train on a longer recording, or one with fewer gaps." },
  );
}
