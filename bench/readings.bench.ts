// Readings a second from the router to frames, as a gateway's machines take them; beside the same done by hand in plain loops without
// RxJS, on the same readings, taking turns. Told in processor time, which other work on the machine does not lengthen. Then the bytes
// that a reading and a frame allocate.
// Run with: npm run bench:readings [-- <rounds>]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { byHand, byHandJudged } from "./readings/by-hand.ts";
import { aligned, asInGateway, masked } from "./readings/by-wheeltapper.ts";
import { createPlant, type Plant } from "./readings/plant.ts";
import type { BuildRoad, Road } from "./readings/road.ts";

const MACHINES = 64;
const TAGS = 8;
const SCANS = 400;
/** Rounds before the ones that count: until the engine has translated everything. */
const WARM_UP = 5;
/** Of the rate by hand. */
const GOAL = 0.5;
/** Megabytes of young generation in which nothing has to be collected. */
const ROOM = 1_024;

/** By hand no readings are kept for events, and nothing is counted: the last case shows what that costs. */
const cases: Readonly<Record<string, { readonly ours: BuildRoad; readonly rival: BuildRoad }>> = {
  "readings to frames": { ours: aligned, rival: byHand },
  "... and sensors judged": { ours: masked, rival: byHandJudged },
  "... and readings kept for events, all counted": { ours: asInGateway, rival: byHandJudged },
};

function drive(road: Road, { readings }: Plant): void {
  for (const reading of readings) road.push(reading);
  road.end();
}

/** Nanoseconds of processor time a reading, those of garbage collection among them. */
function timed(build: BuildRoad, plant: Plant): number {
  const road = build(plant);
  const before = process.cpuUsage();
  drive(road, plant);
  const { user, system } = process.cpuUsage(before);
  return (1_000 * (user + system)) / plant.readings.length;
}

function requireSame(name: string, builds: readonly BuildRoad[], plant: Plant): void {
  const tallies = builds.map((build) => {
    const road = build(plant);
    drive(road, plant);
    return JSON.stringify(road.tally);
  });
  if (new Set(tallies).size > 1) throw new Error(`${name}: not the same frames: ${tallies}`);
}

function compareSpeed(rounds: number): void {
  const plant = createPlant(MACHINES, TAGS, SCANS);
  const table = Object.entries(cases).map(([name, { ours, rival }]) => {
    requireSame(name, [ours, rival], plant);
    const times = Array.from({ length: WARM_UP + rounds }, () => ({
      ours: timed(ours, plant),
      rival: timed(rival, plant),
    })).slice(WARM_UP);
    const nsPerReading = median(times.map((time) => time.ours));
    const ratio = median(times.map((time) => time.rival / time.ours));
    return {
      case: name,
      nsPerReading,
      nsByHand: median(times.map((time) => time.rival)),
      readingsPerSecond: Math.round(1e9 / nsPerReading),
      ratio,
      goal: GOAL,
      met: ratio >= GOAL,
    };
  });
  print(table);
}

/** To be run in a process whose young generation takes all that is allocated. */
function measureAllocation(): void {
  const plant = createPlant(MACHINES, TAGS, SCANS);
  const table = Object.entries(cases).map(([name, { ours, rival }]) => {
    const mine = allocated(ours, plant);
    const byRival = allocated(rival, plant);
    return { case: name, ...mine, bytesPerFrameByHand: byRival.bytesPerFrame };
  });
  print(table);
}

function allocated(build: BuildRoad, plant: Plant) {
  for (let warm = 0; warm < WARM_UP; warm += 1) drive(build(plant), plant);
  const road = build(plant);
  const half = plant.readings.length >> 1; // what a road needs once is not counted
  for (const reading of plant.readings.slice(0, half)) road.push(reading);
  const frames = road.tally.frames;
  const rest = plant.readings.slice(half);
  globalThis.gc?.();
  const before = process.memoryUsage();
  for (const reading of rest) road.push(reading);
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
  return {
    bytesPerReading: round(bytes / rest.length),
    bytesPerFrame: round(bytes / (road.tally.frames - frames)),
  };
}

function median(values: readonly number[]): number {
  return round(values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function print(table: readonly object[]): void {
  for (const row of table) console.log(JSON.stringify(row));
  console.table(table);
}

const [, , task = "15"] = process.argv;
if (task === "allocation") measureAllocation();
else {
  compareSpeed(Number(task));
  const flags = [`--min-semi-space-size=${ROOM}`, `--max-semi-space-size=${ROOM}`, "--expose-gc"];
  const again = [...flags, fileURLToPath(import.meta.url), "allocation"];
  spawnSync(process.execPath, again, { stdio: "inherit" });
}
