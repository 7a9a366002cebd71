import type { Skid } from "../../src/simulator/index.ts";
import { SKID_TAGS, type SkidTagName } from "../../src/simulator/skid-tags.ts";

const SAMPLE_MS = 100;

/** Lets the skid run for `seconds` of its own time and keeps ten samples a second of every tag. */
export function record(skid: Skid, seconds: number): Record<SkidTagName, number[]> {
  const samples = Object.fromEntries(SKID_TAGS.map(({ name }) => [name, [] as number[]]));
  for (let spent = 0; spent < seconds * 1000; spent += SAMPLE_MS) {
    skid.advance(SAMPLE_MS);
    for (const { tag, value } of skid.readings) samples[tag]?.push(value);
  }
  return samples as Record<SkidTagName, number[]>;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of the change from one sample to the next: the noise, without the load cycle. */
export function roughness(values: readonly number[]): number {
  const squares = values.slice(1).map((value, index) => (value - (values[index] as number)) ** 2);
  return Math.sqrt(mean(squares) / 2);
}

export function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
