import { type DetectionQuality, detectionQuality } from "../math/detection/detection-quality.ts";
import { clockDummy, randomDummy } from "../math/detection/dummies.ts";
import type { Evaluation } from "./evaluate-model.ts";

/** What did well or badly, a model or a dummy, and how. */
export interface Contestant {
  readonly name: string;
  readonly quality: DetectionQuality;
}

/**
 * The two that have never looked at the equipment, on the rows of a model: a random score that is in alarm as often as the model, and
 * "always in alarm" from the middle of the trace on. What a model is worth is what it has ahead of them.
 */
export function dummiesBeside({ run }: Evaluation): readonly Contestant[] {
  const { timesMs, alarms } = run;
  const share = alarms.reduce((sum, alarm) => sum + alarm, 0) / alarms.length;
  const middleMs = ((timesMs[0] as number) + (timesMs.at(-1) as number)) / 2;
  return [
    { name: "random score", quality: detectionQuality(randomDummy(run, share, 1)) },
    { name: "alarm from half-time", quality: detectionQuality(clockDummy(run, middleMs)) },
  ];
}

/** A measure in words, with the answer of each contestant. */
export interface Measure {
  readonly name: string;
  /** What it says, in one sentence. */
  readonly meaning: string;
  readonly better: "higher" | "lower";
  /** One per contestant, ready to read. */
  readonly answers: readonly string[];
}

/** Lines up contestants measure by measure. */
export function compareMeasures(contestants: readonly Contestant[]): readonly Measure[] {
  return MEASURES.map(({ show, ...measure }) => ({
    ...measure,
    answers: contestants.map(({ quality }) => show(quality)),
  }));
}

const MEASURES: readonly (Omit<Measure, "answers"> & {
  readonly show: (quality: DetectionQuality) => string;
})[] = [
  {
    name: "events found",
    meaning: "Labelled events with an alarm while they lasted.",
    better: "higher",
    show: ({ detected, events }) => `${detected} of ${events}`,
  },
  {
    name: "false alarms a day",
    meaning: "Episodes of alarm outside of every labelled event, for a day of normal operation.",
    better: "lower",
    show: ({ falseAlarms, falseAlarmsPerDay }) => `${rate(falseAlarmsPerDay)} (${falseAlarms})`,
  },
  {
    name: "normal time in alarm",
    meaning: "Share of the time labelled normal in which the alarm stood.",
    better: "lower",
    show: ({ normalShareInAlarm }) => percent(normalShareInAlarm),
  },
  {
    name: "delay, median",
    meaning: "From the beginning of an event to its alarm, of the events found.",
    better: "lower",
    show: ({ delayMs }) => duration(delayMs?.median),
  },
  {
    name: "delay, 9 of 10",
    meaning: "Nine of ten events found had their alarm within this time.",
    better: "lower",
    show: ({ delayMs }) => duration(delayMs?.p90),
  },
  {
    name: "precision",
    meaning: "Share of the time in alarm that was labelled.",
    better: "higher",
    show: ({ precision }) => fraction(precision),
  },
  {
    name: "F1",
    meaning: "Of rows, not point-adjusted: 1 when alarm and labels agree everywhere.",
    better: "higher",
    show: ({ f1 }) => fraction(f1),
  },
  {
    name: "AUC-ROC",
    meaning: "Of the score, whatever the threshold: 0.5 is chance, 1 is perfect.",
    better: "higher",
    show: ({ aucRoc }) => fraction(aucRoc),
  },
  {
    name: "VUS-PR",
    meaning:
      "Of the score, whatever the threshold, lenient at the edges of events: chance is the share of labelled time.",
    better: "higher",
    show: ({ vusPr }) => fraction(vusPr),
  },
];

/** Nothing to tell it from. */
const UNKNOWN = "-";

/** Of a number from 0 to 1. */
function fraction(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : UNKNOWN;
}

/** Of a number from 0 to any. */
function rate(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(2))) : UNKNOWN;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %` : UNKNOWN;
}

/** A length of time with two digits or so, in the largest unit that fits. */
export function duration(lengthMs: number | undefined): string {
  if (lengthMs === undefined || !Number.isFinite(lengthMs)) return UNKNOWN;
  if (lengthMs < 1_000) return `${Math.round(lengthMs)} ms`;
  if (lengthMs < 120_000) return `${short(lengthMs / 1_000)} s`;
  if (lengthMs < 7_200_000) return `${short(lengthMs / 60_000)} min`;
  if (lengthMs < 172_800_000) return `${short(lengthMs / 3_600_000)} h`;
  return `${short(lengthMs / 86_400_000)} d`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}
