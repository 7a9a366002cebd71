import { createCalmWatch } from "./calm-watch.ts";
import type { TagLimits } from "./sensor-limits.ts";
import type { SensorMeter } from "./sensor-meter.ts";

/** What a leap of a value turned out to be; `away` as long as nobody can tell, and then the value is not believed. */
export type LeapVerdict = "none" | "away" | "spike" | "rate";

/** A leap of one tag. */
export interface Leap {
  /** Where it came from, and where it is the farthest. */
  base: number;
  tip: number;
  /** The first and the last frame that was away. */
  startMs: number;
  endMs: number;
  /** Frames since it left, or since it was back. */
  frames: number;
  state: "calm" | "away" | "back";
}

/** Watches for values that leap farther than they can move. */
export interface LeapWatch {
  /** Takes the newest frame of the meter. */
  push(timeMs: number): void;
  /** To be asked once per tag and frame, after `push`. */
  judge(tag: number): LeapVerdict;
  /** The last leap of the tag. */
  leap(tag: number): Readonly<Leap>;
  /** Forgets everything: the frames do not follow each other. */
  reset(): void;
}

/** A leap that is not back after so many frames is no spike. */
const SPIKE_FRAMES = 3;
/** A tag must have been calm for so long before it leaps: a machine that shakes is not a broken sensor, */
const CALM_FRAMES = 30;
/** ... and for so long after. */
const CALM_AFTER_FRAMES = 10;
/** A value is back when it is within so many of the largest usual steps of where it was; what fades away is a jolt of the machine. */
const BACK_STEPS = 3;

/**
 * Creates a watch over the tags of a meter; a frame costs O(tags).
 *
 * Where a rate was given, every leap is the sensor's. Otherwise nobody but people can know how fast the machine may change: a leap
 * that stays is believed after {@link SPIKE_FRAMES}, and one that comes back is a spike only if the tag was calm before
 * and after, and the others all the while.
 */
export function createLeapWatch(limits: readonly TagLimits[], meter: SensorMeter): LeapWatch {
  const calm = createCalmWatch(limits, meter);
  const leaps = limits.map(
    (): Leap => ({ base: 0, tip: 0, startMs: 0, endMs: 0, frames: 0, state: "calm" }),
  );
  let nowMs = Number.NaN;

  const begin = (
    tag: number,
    leap: Leap,
    { leap: limit, ratePerFrame }: TagLimits,
  ): LeapVerdict => {
    const step = meter.steps[tag] as number;
    if (!(Math.abs(step) > limit)) return "none";
    const isOutOfCalm = calm.calmBefore(tag) >= CALM_FRAMES && !calm.isShaken(tag);
    if (ratePerFrame === 0 && !isOutOfCalm) return "none";
    leap.tip = meter.values[tag] as number;
    leap.base = leap.tip - step;
    leap.startMs = nowMs;
    leap.endMs = nowMs;
    enter(leap, "away");
    return "away";
  };

  const followLearnt = (tag: number, leap: Leap, away: number, usualStep: number): LeapVerdict => {
    if (calm.isShaken(tag)) enter(leap, "calm");
    else if (away <= BACK_STEPS * usualStep) enter(leap, "back");
    else if (leap.frames > SPIKE_FRAMES) enter(leap, "calm");
    return leap.state === "away" ? "away" : "none";
  };

  const confirm = (tag: number, leap: Leap): LeapVerdict => {
    leap.frames += 1;
    const isCalm = !(calm.isLoud(tag) || calm.isShaken(tag));
    if (isCalm && leap.frames <= CALM_AFTER_FRAMES) return "none";
    enter(leap, "calm");
    return isCalm ? "spike" : "none";
  };

  return {
    push(timeMs) {
      nowMs = timeMs;
      calm.push();
    },
    judge(tag) {
      const limit = limits[tag] as TagLimits;
      const leap = leaps[tag] as Leap;
      if (leap.state === "calm") return begin(tag, leap, limit);
      if (leap.state === "back") return confirm(tag, leap);
      const away = meter.measured[tag] === 1 ? goOn(leap, meter.values[tag] as number) : Infinity;
      leap.frames += 1;
      const verdict =
        limit.ratePerFrame > 0
          ? followGiven(leap, away, limit)
          : followLearnt(tag, leap, away, limit.usualStep);
      if (leap.state === "away") leap.endMs = nowMs;
      return verdict;
    },
    leap: (tag) => leaps[tag] as Leap,
    reset() {
      for (const leap of leaps) enter(leap, "calm");
      calm.reset();
    },
  };
}

/** Takes in where the value is now; returns how far that is from where it came from. */
function goOn(leap: Leap, value: number): number {
  const away = Math.abs(value - leap.base);
  if (away > Math.abs(leap.tip - leap.base)) leap.tip = value;
  return away;
}

/** The value is back as soon as it could have got where it is. */
function followGiven(
  leap: Leap,
  away: number,
  { usualStep, ratePerFrame }: TagLimits,
): LeapVerdict {
  const isSpike = leap.frames <= SPIKE_FRAMES + 1;
  if (away <= usualStep + ratePerFrame * leap.frames) {
    enter(leap, "calm");
    return isSpike ? "spike" : "none";
  }
  return leap.frames <= SPIKE_FRAMES ? "away" : "rate";
}

function enter(leap: Leap, state: Leap["state"]): void {
  leap.state = state;
  leap.frames = 1;
}
