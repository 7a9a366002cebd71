// Readings a second from the sources to frames, as a gateway's machines take them; beside the same done by hand in plain loops without RxJS,
// on the same readings in the same run. And the bytes that a reading and a frame allocate.
// Run with: npm run bench:readings [-- <rounds>]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { byHand, byHandJudged } from "./readings/by-hand.ts";
import { aligned, alignedAndMasked } from "./readings/by-wheeltapper.ts";
import { createPlant, type Plant } from "./readings/plant.ts";
import type { BuildRoad, Road } from "./readings/road.ts";

const MACHINES = 64;
const TAGS = 8;
const SCANS = 400;
/** Of the rate by hand. */
const GOAL = 0.5;
/** Megabytes of young generation in which nothing has to be collected. */
const ROOM = 1_024;

const roads: Readonly<Record<string, { readonly ours: BuildRoad; readonly byHand: BuildRoad }>> = {
  "readings to frames": { ours: aligned, byHand },
  "readings to frames, sensors judged": { ours: alignedAndMasked, byHand: byHandJudged },
};

function drive(road: Road, { readings }: Plant): void {
  for (const reading of readings) road.push(reading);
  road.end();
}

/** Nanoseconds a reading. */
function timed(build: BuildRoad, plant: Plant): number {
  const road = build(plant);
  const startMs = performance.now();
  drive(road, plant);
  return (1e6 * (performance.now() - startMs)) / plant.readings.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function requireSame(name: string, ours: BuildRoad, rival: BuildRoad, plant: Plant): void {
  const [mine, theirs] = [ours, rival].map((build) => {
    const road = build(plant);
    drive(road, plant);
    return road.tally;
  });
  if (mine?.frames === theirs?.frames && mine?.sum === theirs?.sum) return;
  throw new Error(`${name}: ${JSON.stringify(mine)} is not ${JSON.stringify(theirs)}`);
}

function compareSpeed(rounds: number): void {
  const plant = createPlant(MACHINES, TAGS, SCANS);
  const table = Object.entries(roads).map(([name, { ours, byHand: rival }]) => {
    requireSame(name, ours, rival, plant);
    const times: { mine: number; theirs: number }[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      times.push({ mine: timed(ours, plant), theirs: timed(rival, plant) });
    }
    const warm = times.slice(1);
    const mine = median(warm.map((time) => time.mine));
    const theirs = median(warm.map((time) => time.theirs));
    const ratio = median(warm.map((time) => time.theirs / time.mine));
    return {
      case: name,
      nsPerReading: round3(mine),
      nsPerReadingByHand: round3(theirs),
      readingsPerSecond: Math.round(1e9 / mine),
      ratio: round3(ratio),
      goal: GOAL,
      met: ratio >= GOAL,
    };
  });
  for (const row of table) console.log(JSON.stringify(row));
  console.table(table);
}

/** In a process of its own, whose young generation takes all that is allocated. */
function measureAllocation(): void {
  const plant = createPlant(MACHINES, TAGS, SCANS);
  const table = Object.entries(roads).flatMap(([name, { ours, byHand: rival }]) =>
    Object.entries({ wheeltapper: ours, "by hand": rival }).map(([who, build]) => ({
      case: name,
      who,
      ...allocated(build, plant),
    })),
  );
  for (const row of table) console.log(JSON.stringify(row));
  console.table(table);
}

function allocated(build: BuildRoad, plant: Plant): object {
  for (let warm = 0; warm < 3; warm += 1) drive(build(plant), plant);
  const road = build(plant);
  globalThis.gc?.();
  const before = process.memoryUsage();
  for (const reading of plant.readings) road.push(reading);
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
  return {
    bytesPerReading: round3(bytes / plant.readings.length),
    bytesPerFrame: round3(bytes / road.tally.frames),
  };
}

function round3(value: number): number {
  return Number(value.toPrecision(3));
}

const [, path = "", task = "7"] = process.argv;
if (task === "allocation") measureAllocation();
else {
  compareSpeed(Number(task));
  const flags = [`--min-semi-space-size=${ROOM}`, `--max-semi-space-size=${ROOM}`, "--expose-gc"];
  spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), "allocation"], {
    stdio: "inherit",
  });
}
void path;
