import type { TagLimits } from "./sensor-limits.ts";
import type { SensorMeter } from "./sensor-meter.ts";

/** Knows how long each tag has not moved more than it does in normal operation. */
export interface CalmWatch {
  /** Takes the newest frame of the meter. */
  push(): void;
  /** Whether the newest step of the tag was larger than any should be. */
  isLoud(tag: number): boolean;
  /** Frames without a loud step before the last loud one. */
  calmBefore(tag: number): number;
  /** Whether another tag has been loud in the last frames: it is the machine then that moves, and no sensor. */
  isShaken(tag: number): boolean;
  reset(): void;
}

/** A step this much larger than all in training is loud. */
const LOUD = 1.5;
/** Frames for which a loud step makes a tag restless. */
const RESTLESS_FRAMES = 3;

/** Creates a watch over the tags of a meter; a frame costs O(tags). */
export function createCalmWatch(limits: readonly TagLimits[], meter: SensorMeter): CalmWatch {
  const calm = new Uint32Array(limits.length); // frames since the last loud step
  const before = new Uint32Array(limits.length);
  let restless = 0;

  const isRestless = (tag: number): boolean =>
    (limits[tag] as TagLimits).isLively &&
    meter.measured[tag] === 1 &&
    (calm[tag] as number) <= RESTLESS_FRAMES;

  const noteStep = (tag: number): void => {
    const step = Math.abs(meter.steps[tag] as number);
    if (Number.isNaN(step)) return;
    if (step <= LOUD * (limits[tag] as TagLimits).usualStep) {
      calm[tag] = (calm[tag] as number) + 1;
      return;
    }
    before[tag] = calm[tag] as number;
    calm[tag] = 0;
  };

  return {
    push() {
      restless = 0;
      for (let tag = 0; tag < limits.length; tag += 1) {
        noteStep(tag);
        if (isRestless(tag)) restless += 1;
      }
    },
    isLoud: (tag) => calm[tag] === 0,
    calmBefore: (tag) => before[tag] as number,
    isShaken: (tag) => restless > (isRestless(tag) ? 1 : 0),
    reset() {
      calm.fill(0);
      before.fill(0);
    },
  };
}
