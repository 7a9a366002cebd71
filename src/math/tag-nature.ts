import { moments, quantile } from "./statistics.ts";

/** How a tag behaved in a recording. */
export interface TagNature {
  readonly kind:
    | "constant"
    | "binary"
    | "discrete"
    | "counter"
    | "drifting"
    | "heavy-tailed"
    | "continuous";
  /** What was seen, for the model card: the rest of a sentence that begins with the tag. */
  readonly why: string;
}

/** Values closer than this share of their size are the same: rounding of 32-bit numbers. */
const SAME = 1e-6;
/** Fewer values say nothing of how they are distributed in time or size. */
const FEWEST_VALUES = 50;
/** A counter rose at least so many times ... */
const FEWEST_RISES = 20;
/** ... for each time it fell, ... */
const RISES_FOR_A_RESET = 20;
/** ... and then by at least this share of its range. */
const SMALLEST_RESET = 0.5;
/** A discrete tag has no more values than this ... */
const MOST_STATES = 16;
/** ... and keeps one from reading to reading with at least this probability. */
const KEEPS_STATE = 0.8;
/** From so many values on, moving to a neighbouring value so often, and so often either way, is a measurement with coarse resolution. */
const FEWEST_STEPS = 5;
const MOVES_TO_NEIGHBOUR = 0.95;
const MOVES_EITHER_WAY = 0.2;
/** Drift is looked for between so many stretches of time. */
const STRETCHES = 12;
/** Their means make up this share of the variance, ... */
const DRIFT_SHARE = 0.7;
/** ... no single change makes up more than this of all changes (that would be a step), ... */
const STEP_SHARE = 0.5;
/** ... and they cross their own mean no more often (that would be a cycle). */
const MOST_CROSSINGS = 3;
/** Width of the middle 99 % in units of the middle half: 3.8 for a normal distribution, 6.6 for Laplace, 7.6 for Student's with 3 degrees. */
const HEAVY_TAIL = 7;
/** Beyond this (64 for Cauchy) the middle half is at rest and measures nothing. */
const AT_REST = 100;
/** 99 % mean something from so many values on. */
const FEWEST_FOR_TAIL = 400;

interface Summary {
  /** The known values in time order. */
  readonly values: Float64Array;
  readonly sorted: Float64Array;
  /** The different values, lowest first; no more than one beyond the most states. */
  readonly distinct: readonly number[];
  readonly range: number;
}

type Detector = (summary: Summary) => TagNature | undefined;

/** The first that applies. */
const DETECTORS: readonly Detector[] = [
  constant,
  binary,
  tooFew,
  counter,
  discrete,
  drifting,
  heavyTailed,
];

/**
 * Tells from its values alone what kind of tag this is, so that it can be scaled to suit.
 *
 * `heavy-tailed` means that the middle half of the values is a fair measure of scale and the standard deviation is not. In doubt the answer is `continuous`: treating an unusual tag as a usual one costs little, the reverse may hide a fault.
 *
 * @param values in time order, at even distances; `NaN` where unknown
 */
export function describeTag(values: Float64Array): TagNature {
  const summary = summarize(values.filter((value) => !Number.isNaN(value)));
  for (const detect of DETECTORS) {
    const nature = detect(summary);
    if (nature) return nature;
  }
  return { kind: "continuous", why: "varies without anything unusual" };
}

function summarize(values: Float64Array): Summary {
  const sorted = values.slice().sort();
  const distinct: number[] = [];
  for (const value of sorted) {
    if (distinct.length > MOST_STATES) break;
    if (value !== distinct.at(-1)) distinct.push(value);
  }
  return { values, sorted, distinct, range: (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) };
}

function constant({ values, sorted, range }: Summary): TagNature | undefined {
  if (values.length === 0) return { kind: "constant", why: "has no known value" };
  const size = Math.max(Math.abs(sorted[0] as number), Math.abs(sorted.at(-1) as number));
  if (range > SAME * size) return undefined;
  return { kind: "constant", why: `was ${rounded(sorted[0] as number)} throughout` };
}

function binary({ distinct }: Summary): TagNature | undefined {
  if (distinct.length !== 2 || !distinct.every(Number.isInteger)) return undefined;
  return { kind: "binary", why: `was ${distinct[0]} or ${distinct[1]}` };
}

function tooFew({ values }: Summary): TagNature | undefined {
  if (values.length >= FEWEST_VALUES) return undefined;
  return { kind: "continuous", why: `has only ${values.length} known values, too few to tell` };
}

function counter({ values, range }: Summary): TagNature | undefined {
  let rises = 0;
  let resets = 0;
  for (let at = 1; at < values.length; at += 1) {
    const step = (values[at] as number) - (values[at - 1] as number);
    if (step < 0 && -step < SMALLEST_RESET * range) return undefined;
    if (step > 0) rises += 1;
    if (step < 0) resets += 1;
  }
  if (rises < FEWEST_RISES || rises < RISES_FOR_A_RESET * resets) return undefined;
  const times = resets === 1 ? "once" : `${resets} times`;
  const fell = resets === 0 ? "never fell" : `fell ${times}, back to its start`;
  return { kind: "counter", why: `rose ${rises} times and ${fell}` };
}

function discrete({ values, distinct }: Summary): TagNature | undefined {
  if (distinct.length > MOST_STATES) return undefined;
  let changes = 0;
  let up = 0;
  let down = 0;
  for (let at = 1; at < values.length; at += 1) {
    const from = distinct.indexOf(values[at - 1] as number);
    const steps = distinct.indexOf(values[at] as number) - from;
    if (steps !== 0) changes += 1;
    if (steps === 1) up += 1;
    if (steps === -1) down += 1;
  }
  const isMeasurement =
    distinct.length >= FEWEST_STEPS &&
    up + down >= MOVES_TO_NEIGHBOUR * changes &&
    Math.min(up, down) >= MOVES_EITHER_WAY * changes;
  if (isMeasurement || changes > (1 - KEEPS_STATE) * values.length) return undefined;
  return {
    kind: "discrete",
    why: `has only ${distinct.length} values and keeps each for ${rounded(values.length / (changes + 1))} readings on average`,
  };
}

function drifting({ values }: Summary): TagNature | undefined {
  const means = Float64Array.from({ length: STRETCHES }, (_, stretch) => {
    const from = Math.floor((stretch * values.length) / STRETCHES);
    const to = Math.floor(((stretch + 1) * values.length) / STRETCHES);
    return moments(values.subarray(from, to)).mean;
  });
  const { mean, deviation } = moments(means);
  const share = (deviation / moments(values).deviation) ** 2;
  let changed = 0;
  let largest = 0;
  let crossings = 0;
  for (let at = 1; at < STRETCHES; at += 1) {
    const before = means[at - 1] as number;
    const after = means[at] as number;
    changed += Math.abs(after - before);
    largest = Math.max(largest, Math.abs(after - before));
    if (before < mean !== after < mean) crossings += 1;
  }
  const isGradual = largest <= STEP_SHARE * changed && crossings <= MOST_CROSSINGS;
  if (share < DRIFT_SHARE || !isGradual) return undefined;
  const percent = Math.round(100 * share);
  return {
    kind: "drifting",
    why: `wandered: ${percent} % of its variance lies between ${STRETCHES} stretches of time`,
  };
}

function heavyTailed({ sorted }: Summary): TagNature | undefined {
  const half = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const width = quantile(sorted, 0.995) - quantile(sorted, 0.005);
  if (sorted.length < FEWEST_FOR_TAIL || width < HEAVY_TAIL * half) return undefined;
  if (half === 0 || width > AT_REST * half)
    return { kind: "continuous", why: "mostly rests at one value" };
  return {
    kind: "heavy-tailed",
    why: `strays: the middle 99 % of its values are ${rounded(width / half)} times as wide as the middle half (3.8 in a normal distribution)`,
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
