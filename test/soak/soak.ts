import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { createRandom } from "../../src/math/random.ts";
import type { Source } from "../../src/sources/source.ts";
import { hear, status } from "../sources/hearing.ts";
import type { Account, Outage } from "./account.ts";
import { TORMENTS, type TormentedServer } from "./tormented-server.ts";

/** `npm run soak` takes ten minutes. */
const SOAK_MS = 1000 * Number(process.env["WHEELTAPPER_SOAK_SECONDS"] ?? 40);
const SEED = Number(process.env["WHEELTAPPER_SOAK_SEED"] ?? 1);
/** For the whole test. */
export const patience: { readonly timeout: number } = { timeout: SOAK_MS + 120_000 };

export interface Soak {
  readonly readings: readonly Reading[];
  readonly outages: readonly Outage[];
  /** Bytes on the heap after a collection, now and then. */
  readonly heap: readonly number[];
}

/** Torments the server at random for the whole time; after each torment the source has to be live again by itself. */
export async function soak(server: TormentedServer, source: Source): Promise<Soak> {
  const random = createRandom(SEED);
  const readings = hear(source);
  const outages: Outage[] = [];
  const heap: number[] = [];
  await status(source, "live");
  outages.push({ kind: "start", fromMs: 0, toMs: Date.now() });
  const endMs = Date.now() + SOAK_MS;
  while (Date.now() < endMs) {
    await pause(1000 + 4000 * random.uniform());
    heap.push(heapBytes());
    const kind = TORMENTS[Math.floor(TORMENTS.length * random.uniform())] ?? "kill";
    const fromMs = Date.now();
    await server.torment(kind, 200 + 6000 * random.uniform() ** 2);
    const heard = readings.length;
    await expect.poll(() => valuesOf(source, readings, heard), { timeout: 40_000 }).toBe(true);
    await status(source, "live");
    outages.push({ kind, fromMs, toMs: Date.now() });
  }
  await pause(1000);
  // What was served in the last moment is still under way.
  outages.push({ kind: "end", fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY });
  return { readings, outages, heap };
}

/** Whether every tag has had a value since. */
function valuesOf(source: Source, readings: readonly Reading[], since: number): boolean {
  const heard = readings.slice(since).filter(({ quality }) => quality !== "bad");
  return source.tags.every(({ name }) => heard.some(({ tag }) => tag === name));
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

export function expectFlat(heap: readonly number[], readings: number): void {
  const third = Math.floor(heap.length / 3);
  const early = Math.min(...heap.slice(0, third));
  const late = Math.min(...heap.slice(-third));
  // The test keeps every reading and every line of the server's log, which take some 300 bytes.
  expect(late - early).toBeLessThan(8_000_000 + 600 * readings);
}

/** One line of figures, for the person who runs a long soak. */
export function report(
  protocol: string,
  { served, delivered }: Account,
  outages: readonly Outage[],
  heap: readonly number[],
): void {
  const megabytes = heap.map((bytes) => Math.round(bytes / 1e5) / 10);
  const figures = { protocol, seed: SEED, outages: outages.length, served, delivered, megabytes };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
