import type { Frame } from "../core/frame.ts";
import type { SensorProfile } from "../core/model-card.ts";
import { createSensorMeter } from "./sensor-meter.ts";

/** Noise that falls below this share of its mean by itself, depending on what the machine does, cannot be missed. */
const STEADY_NOISE_SHARE = 0.25;

/**
 * Measures what every tag's sensor does in normal operation: what {@link createSensorFaultDetector} holds later values against.
 *
 * @param tags values per frame
 */
export function measureSensors(frames: Iterable<Frame>, tags: number): SensorProfile[] {
  const meter = createSensorMeter(tags);
  const tallies = Array.from({ length: tags }, () => createTally());
  for (const frame of frames) {
    meter.push(frame);
    tallies.forEach((tally, tag) => {
      const missing = meter.missing[tag] as number;
      tally.longestMissing = Math.max(tally.longestMissing, missing);
      if (missing > 0) return;
      const value = meter.values[tag] as number;
      tally.low = Math.min(tally.low, value);
      tally.high = Math.max(tally.high, value);
      const unchanged = meter.unchanged[tag] as number;
      tally.longestUnchanged = Math.max(tally.longestUnchanged, unchanged);
      noteChange(tally, Math.abs(meter.steps[tag] as number), meter.noise(tag));
    });
  }
  return tallies.map(profileOf);
}

interface Tally {
  low: number;
  high: number;
  steps: number;
  changes: number;
  longestUnchanged: number;
  longestMissing: number;
  largestStep: number;
  noiseSum: number;
  noises: number;
  lowestNoise: number;
}

function createTally(): Tally {
  return {
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
    steps: 0,
    changes: 0,
    longestUnchanged: 0,
    longestMissing: 0,
    largestStep: 0,
    noiseSum: 0,
    noises: 0,
    lowestNoise: Number.POSITIVE_INFINITY,
  };
}

function noteChange(tally: Tally, step: number, noise: number): void {
  if (Number.isNaN(step)) return;
  tally.steps += 1;
  if (step > 0) tally.changes += 1;
  tally.largestStep = Math.max(tally.largestStep, step);
  if (Number.isNaN(noise)) return;
  tally.noises += 1;
  tally.noiseSum += noise;
  tally.lowestNoise = Math.min(tally.lowestNoise, noise);
}

function profileOf(tally: Tally): SensorProfile {
  const { low, high, steps, changes, noises, noiseSum, lowestNoise } = tally;
  const isSteady = noises > 0 && lowestNoise >= (STEADY_NOISE_SHARE * noiseSum) / noises;
  const isKnown = low <= high;
  return {
    low: isKnown ? low : 0,
    high: isKnown ? high : 0,
    changeShare: steps > 0 ? changes / steps : 0,
    longestUnchanged: tally.longestUnchanged,
    largestStep: tally.largestStep,
    steadyNoise: isSteady ? lowestNoise : 0,
    longestMissing: tally.longestMissing,
  };
}
