import type { ModelCard } from "../../src/core/model-card.ts";
import type { Reading } from "../../src/core/reading.ts";
import { createRandom } from "../../src/math/random.ts";
import { measureSensors } from "../../src/math/sensor-profile.ts";
import type { Road } from "./road.ts";

/** A machine of the plant: tags that only it has. */
export interface PlantMachine {
  readonly name: string;
  readonly tags: readonly string[];
}

/** What all roads are fed with. */
export interface Plant {
  readonly periodMs: number;
  readonly machines: readonly PlantMachine[];
  /** Every tag of every machine once a period, one machine after the other, as a scan delivers them. */
  readonly readings: readonly Reading[];
  /** What the sensors of one machine do; those of all machines do the same. */
  readonly card: Pick<ModelCard, "tags" | "periodMs" | "sensors">;
}

const PERIOD_MS = 1_000;
const START_MS = 1_700_000_000_000;

/** Creates a plant whose sensors are all well, and what it delivers in so many scans. */
export function createPlant(machines: number, tags: number, scans: number): Plant {
  const random = createRandom(1);
  const created = Array.from({ length: machines }, (_, machine) => ({
    name: `machine-${machine}`,
    tags: Array.from({ length: tags }, (__, tag) => `machine-${machine}.tag-${tag}`),
  }));
  const readings: Reading[] = [];
  for (let scan = 1; scan <= scans; scan += 1) {
    created.forEach((machine, place) => {
      const timeMs = START_MS + scan * PERIOD_MS - 10 * place - Math.floor(5 * random.uniform());
      machine.tags.forEach((tag, cell) => {
        const value = Math.sin(scan / (7 + cell)) + random.normal() / 10;
        readings.push({ tag, timeMs, value, quality: "good" });
      });
    });
  }
  return { periodMs: PERIOD_MS, machines: created, readings, card: cardOf(tags) };
}

function cardOf(tags: number): Plant["card"] {
  const random = createRandom(2);
  const frames = Array.from({ length: 5_000 }, (_, row) => ({
    timeMs: row * PERIOD_MS,
    periodMs: PERIOD_MS,
    values: Float64Array.from(
      { length: tags },
      (__, cell) => Math.sin(row / (7 + cell)) + random.normal() / 10,
    ),
    agesMs: new Float64Array(tags),
  }));
  const names = Array.from({ length: tags }, (_, tag) => ({ name: `tag-${tag}` }));
  return { tags: names, periodMs: PERIOD_MS, sensors: measureSensors(frames, tags) };
}

/** Adds up what reached the end of a road, so that two roads can be told to have done the same. */
export function createTally(): Road["tally"] & { take(values: Float64Array): void } {
  const tally = {
    frames: 0,
    sum: 0,
    take(values: Float64Array) {
      tally.frames += 1;
      for (let cell = 0; cell < values.length; cell += 1) tally.sum += values[cell] as number;
    },
  };
  return tally;
}
