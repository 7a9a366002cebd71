// Memory over minutes of the readings' own time, pushed as fast as they are scored or at their own pace. Started by ../cases/memory.ts with --expose-gc.
import { dirname, join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { loadModel } from "wheeltapper";
// Loaded as in a gateway that has sources of both kinds.
import "wheeltapper/modbus";
import "wheeltapper/opcua";
import "modbus-serial";
import "node-opcua-client";
import { startLivePlant } from "../live-plant.ts";
import { fail } from "../streams.ts";
import { tellParent } from "../tell-parent.ts";

export interface MemoryFigures {
  /** After a collection, when a twelfth of the time was over. */
  readonly early: Footprint;
  /** After a collection, at the end. */
  readonly late: Footprint;
  /** The highest seen between these two, collected or not. */
  readonly peakRssMb: number;
  readonly readings: number;
  readonly windows: number;
  readonly events: number;
}

export interface Footprint {
  readonly rssMb: number;
  readonly heapMb: number;
}

const MACHINES = 125;
/** Windows that may wait before no more is pushed. */
const MOST_WAITING = 250;

const [, , path = "", minutes = "60", pace = "fast"] = process.argv;
const model = await loadModel(path);
const framesPerMinute = 60_000 / model.card.periodMs;
const plant = await startLivePlant({
  model,
  machines: MACHINES,
  file: join(dirname(path), "outbox.db"),
  frames: 5 * framesPerMinute,
});
let scored = 0;
const scoring = plant.gateway.scores.subscribe({
  next() {
    scored += 1;
  },
  error: fail,
});

let peakRssMb = 0;
let early: Footprint = { rssMb: Number.NaN, heapMb: Number.NaN };
const slots = Number(minutes) * framesPerMinute;
const startMs = performance.now();
for (let slot = 1; slot <= slots; slot += 1) {
  if (pace === "real") {
    await setTimeout(Math.max(0, startMs + slot * model.card.periodMs - performance.now()));
  }
  for (let machine = 0; machine < MACHINES; machine += 1) plant.push(machine, slot);
  await setImmediate();
  if (slot % model.card.stride === 0) await scoringKeepsUp();
  if (slot % 10 === 0) peakRssMb = Math.max(peakRssMb, megabytes(process.memoryUsage.rss()));
  if (slot % framesPerMinute === 0) tellParent({ progress: `minute ${slot / framesPerMinute}` });
  if (slot !== Math.round(slots / 12)) continue;
  early = await footprint();
  peakRssMb = 0;
}
const late = await footprint();
const { readings, windows, events } = plant.gateway.health().counters;
await plant.stop();
scoring.unsubscribe();
tellParent({ measured: { early, late, peakRssMb, readings, windows, events } });
process.disconnect();

/** Asked once a stride: what a gateway of 125 machines says of its health is garbage, too. */
async function scoringKeepsUp(): Promise<void> {
  while (plant.gateway.health().counters.windows - scored > MOST_WAITING) await setImmediate();
}

async function footprint(): Promise<Footprint> {
  await setTimeout(1_000); // the outbox has delivered
  globalThis.gc?.();
  await setTimeout(100);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssMb: megabytes(rss), heapMb: megabytes(heapUsed) };
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}
