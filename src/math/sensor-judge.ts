import type { Frame } from "../core/frame.ts";
import type { SensorFaultKind } from "../core/sensor-fault.ts";
import { createLeapWatch, type LeapWatch } from "./leap-watch.ts";
import { createSensorFinding, type Finding, type SensorFinding } from "./sensor-finding.ts";
import type { TagLimits } from "./sensor-limits.ts";
import { createSensorMeter, type SensorMeter } from "./sensor-meter.ts";
import { createWitnesses } from "./witnesses.ts";

/** Judges sensors frame by frame, without memory of faults. */
export interface SensorJudge {
  /** Takes the next frame; `false` when it does not follow the one before. */
  push(frame: Frame): boolean;
  /** What the newest frame shows of a tag, to be asked once per frame; the object is the same every time. */
  find(tag: number): SensorFinding;
  /**
   * Whether a tag without a finding is over a fault: it is measured, and what it was missing is there again.
   *
   * @param wasWell whether it was so in the frame before
   */
  isWell(tag: number, fault: SensorFaultKind, wasWell: boolean): boolean;
}

/** Values out of range, and without noise, in a row before it is a fault. */
const OUT_OF_RANGE_FRAMES = 4;
const NOISE_GONE_FRAMES = 10;
/** A witness that has repeated itself so often stands still: no tag is suspected sooner, so all that stand still do so together. */
const STILL_REPEATS = 3;
/** Noise must be back to this many times its limit before it counts as there. */
const NOISE_BACK = 3;

/**
 * Creates a judge; a frame costs O(tags).
 *
 * The machine has the benefit of the doubt: a value that stands still, or has lost its noise, is the sensor's fault only as
 * long as at least half of the other lively tags move on, and where the value is one that was usual in training.
 */
export function createSensorJudge(limits: readonly TagLimits[]): SensorJudge {
  const meter = createSensorMeter(limits.length);
  const leaps = createLeapWatch(limits, meter);
  const finding = createSensorFinding();
  const checkStill = createStillCheck(limits, meter, finding);
  const outside = new Uint32Array(limits.length); // frames in a row out of range
  let frame: Frame;

  const checkRange = (tag: number, { low, high }: TagLimits, value: number): void => {
    const isOutside = value < low || value > high;
    outside[tag] = isOutside ? (outside[tag] as number) + 1 : 0;
    if (!isOutside || finding.kind !== undefined) return;
    finding.report("out-of-range", outside[tag] as number, OUT_OF_RANGE_FRAMES - 1, frame);
    finding.observed = value;
    finding.limit = value < low ? low : high;
  };

  return {
    push(next) {
      frame = next;
      const isNext = meter.push(next);
      if (!isNext) {
        leaps.reset();
        checkStill.reset();
        outside.fill(0);
      }
      leaps.push(next.timeMs);
      checkStill.callWitnesses();
      return isNext;
    },
    find(tag) {
      const limit = limits[tag] as TagLimits;
      const value = frame.values[tag] as number;
      finding.clear(value);
      checkMissing(meter, tag, limit, frame, finding);
      checkRange(tag, limit, value);
      checkStill.stuck(tag, value, frame);
      checkLeap(leaps, tag, limit, finding);
      checkStill.quiet(tag, value, frame);
      return finding;
    },
    isWell(tag, fault, wasWell) {
      if (meter.measured[tag] === 0) return false;
      if (fault === "noise-gone") return checkStill.isNoisy(tag);
      return fault !== "stuck" || wasWell || Math.abs(meter.steps[tag] as number) > 0;
    },
  };
}

function checkMissing(
  meter: SensorMeter,
  tag: number,
  { maxMissing, isOnChange }: TagLimits,
  frame: Frame,
  finding: Finding,
): void {
  const bad = meter.bad[tag] as number;
  const missing = meter.missing[tag] as number;
  if (bad > 0 && maxMissing < Number.POSITIVE_INFINITY) {
    finding.report("bad-quality", bad, maxMissing, frame);
  } else if (!isOnChange && missing > maxMissing) {
    finding.report("silent", missing, maxMissing, frame);
  }
}

function checkLeap(leaps: LeapWatch, tag: number, limit: TagLimits, finding: Finding): void {
  const verdict = leaps.judge(tag);
  if (verdict === "none" || finding.kind !== undefined) return;
  const { base, tip, startMs, endMs } = leaps.leap(tag);
  finding.kind = verdict === "away" ? "spike" : verdict;
  finding.isFault = verdict !== "away";
  finding.masks = verdict !== "spike"; // which is over by now
  finding.startMs = startMs;
  finding.endMs = endMs;
  finding.value = tip;
  finding.observed = Math.abs(tip - base);
  finding.limit = limit.leap;
}

interface StillCheck {
  /** Sees which of the lively tags move in the newest frame of the meter. */
  callWitnesses(): void;
  /** Looks for a value that repeats itself. */
  stuck(tag: number, value: number, frame: Frame): void;
  /** Looks for a value that changes, but has lost its noise. */
  quiet(tag: number, value: number, frame: Frame): void;
  isNoisy(tag: number): boolean;
  reset(): void;
}

function createStillCheck(
  limits: readonly TagLimits[],
  meter: SensorMeter,
  finding: Finding,
): StillCheck {
  const quietFrames = new Uint32Array(limits.length);
  const moving = createWitnesses();
  const noisy = createWitnesses();
  const repeats = (tag: number): number => meter.unchanged[tag] as number;
  const isNoisy = (tag: number): boolean =>
    meter.noise(tag) >= NOISE_BACK * (limits[tag] as TagLimits).minNoise;
  const isWitness = (tag: number): boolean =>
    meter.measured[tag] === 1 && (limits[tag] as TagLimits).isLively;

  return {
    isNoisy,
    callWitnesses() {
      moving.reset();
      noisy.reset();
      for (let tag = 0; tag < limits.length; tag += 1) {
        if (!isWitness(tag)) continue;
        moving.call(repeats(tag) < STILL_REPEATS);
        if ((limits[tag] as TagLimits).minNoise > 0) noisy.call(isNoisy(tag));
      }
    },
    stuck(tag, value, frame) {
      const limit = limits[tag] as TagLimits;
      if (finding.kind !== undefined || repeats(tag) < limit.suspectRepeats) return;
      if (!(limit.isStuckGiven || isUsual(limit, value))) return;
      if (!moving.speakFor(isWitness(tag), limit.isStuckGiven)) return;
      finding.report("stuck", repeats(tag), limit.stuckRepeats, frame);
      finding.startMs -= frame.periodMs; // of the first of the equal values, which repeats nothing
    },
    quiet(tag, value, frame) {
      const limit = limits[tag] as TagLimits;
      const noise = meter.noise(tag);
      const isQuiet =
        noise < limit.minNoise &&
        repeats(tag) < limit.suspectRepeats &&
        isUsual(limit, value) &&
        noisy.speakFor(isWitness(tag), limit.isNoiseGiven);
      quietFrames[tag] = isQuiet ? (quietFrames[tag] as number) + 1 : 0;
      if (!isQuiet || finding.kind !== undefined) return;
      finding.report("noise-gone", quietFrames[tag] as number, NOISE_GONE_FRAMES - 1, frame);
      finding.observed = noise;
      finding.limit = limit.minNoise;
    },
    reset: () => quietFrames.fill(0),
  };
}

function isUsual({ usualLow, usualHigh }: TagLimits, value: number): boolean {
  return value >= usualLow && value <= usualHigh;
}
