import type { Frame } from "../core/frame.ts";
import { follows } from "./grid.ts";

/**
 * What each tag's sensor has been doing up to the newest frame. Only values that were measured for their own frame
 * count; a frame that does not follow the one before on the grid begins everything anew.
 */
export interface SensorMeter {
  /** Takes the next frame; `false` when it does not follow the one before. */
  push(frame: Frame): boolean;
  /** Shape `[tags]`: 1 where the newest frame's cell was measured for it. */
  readonly measured: Uint8Array;
  /** Shape `[tags]`: the last measured value; `NaN` before the first. */
  readonly values: Float64Array;
  /** Shape `[tags]`: measured values in a row, up to the last, that were exactly the one before. */
  readonly unchanged: Uint32Array;
  /** Shape `[tags]`: change from the frame before; `NaN` unless both cells were measured. */
  readonly steps: Float64Array;
  /** Shape `[tags]`: frames in a row, up to the newest, without a measured value. */
  readonly missing: Uint32Array;
  /** Shape `[tags]`: frames in a row, up to the newest, whose newest reading was bad. */
  readonly bad: Uint32Array;
  /** Noise of the tag (standard deviation) over the last {@link NOISE_FRAMES} frames or so; `NaN` before there are enough. */
  noise(tag: number): number;
}

/** Frames over which noise is measured. */
const NOISE_FRAMES = 32;
/** Frames before the measure is used: its start has faded by then. */
const WARM_UP_FRAMES = 2 * NOISE_FRAMES;
/** Variance of a second difference of independent values, in units of their own. */
const SECOND_DIFFERENCE_VARIANCE = 6;

/**
 * Creates a meter for so many tags. A frame costs O(tags) and allocates nothing.
 *
 * Noise is taken from second differences, which a steady drift leaves at zero, and averaged exponentially.
 */
export function createSensorMeter(tags: number): SensorMeter {
  const measured = new Uint8Array(tags);
  const values = new Float64Array(tags).fill(Number.NaN);
  const unchanged = new Uint32Array(tags);
  const steps = new Float64Array(tags).fill(Number.NaN);
  const missing = new Uint32Array(tags);
  const bad = new Uint32Array(tags);
  const variances = new Float64Array(tags);
  const samples = new Uint32Array(tags); // second differences behind the variance
  const before = { timeMs: Number.NaN, periodMs: Number.NaN }; // of the frame, which may be lent

  const beginAnew = (): void => {
    measured.fill(0);
    values.fill(Number.NaN);
    unchanged.fill(0);
    steps.fill(Number.NaN);
    missing.fill(0);
    bad.fill(0);
    samples.fill(0);
  };

  const noteNoise = (tag: number, secondDifference: number): void => {
    const seen = (samples[tag] as number) + 1;
    const square = secondDifference ** 2 / SECOND_DIFFERENCE_VARIANCE;
    const mean = variances[tag] as number;
    samples[tag] = Math.min(seen, WARM_UP_FRAMES);
    variances[tag] = seen === 1 ? square : mean + (square - mean) / Math.min(seen, NOISE_FRAMES);
  };

  const noteValue = (tag: number, value: number): void => {
    const last = values[tag] as number;
    const step = measured[tag] === 1 ? value - last : Number.NaN;
    const secondDifference = step - (steps[tag] as number);
    if (!Number.isNaN(secondDifference)) noteNoise(tag, secondDifference);
    unchanged[tag] = value === last ? (unchanged[tag] as number) + 1 : 0;
    steps[tag] = step;
    values[tag] = value;
    measured[tag] = 1;
    missing[tag] = 0;
  };

  return {
    measured,
    values,
    unchanged,
    steps,
    missing,
    bad,
    push(frame) {
      const isNext = follows(before, frame);
      if (!isNext) beginAnew();
      before.timeMs = frame.timeMs;
      before.periodMs = frame.periodMs;
      for (let tag = 0; tag < tags; tag += 1) {
        const value = frame.values[tag] as number;
        bad[tag] = frame.bad?.[tag] === 1 ? (bad[tag] as number) + 1 : 0;
        if ((frame.agesMs[tag] as number) < frame.periodMs && Number.isFinite(value)) {
          noteValue(tag, value);
        } else {
          measured[tag] = 0;
          steps[tag] = Number.NaN;
          missing[tag] = (missing[tag] as number) + 1;
        }
      }
      return isNext;
    },
    noise: (tag) =>
      (samples[tag] as number) < WARM_UP_FRAMES ? Number.NaN : Math.sqrt(variances[tag] as number),
  };
}
