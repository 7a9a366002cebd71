import { join } from "node:path";
import fc from "fast-check";
import { from, lastValueFrom, type Observable, tap, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../../src/core/frame.ts";
import type { Reading } from "../../../src/core/reading.ts";
import type { Tag } from "../../../src/core/tag.ts";
import { recordTrace } from "../../../src/sources/trace/record-trace.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { alignReadings } from "../../../src/stream/align-readings.ts";
import { folderOfFile } from "../../temp-folder.ts";
import { handSource } from "./hand-source.ts";

const folder = folderOfFile();
const names = ["flow", 'temp, "inlet"', "state\nof the valve"];
const tags: readonly Tag[] = [
  { name: "flow", unit: "l/s", range: [0, 100] },
  { name: 'temp, "inlet"', unit: "°C" },
  { name: "state\nof the valve", reporting: "on-change" },
];

/** What one poll or notification brings. */
const sampleEvery = (stepMs: fc.Arbitrary<number>) =>
  fc.record({
    tag: fc.constantFrom(...names),
    /** Since the sample of the same tag before. */
    stepMs,
    /** On its way to us. */
    delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 })),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    quality: fc.constantFrom(...(["good", "good", "uncertain", "bad"] as const)),
    statusCode: fc.option(fc.nat(), { nil: undefined }),
  });
const whole = fc.integer({ min: 1, max: 2500 });
const anySample = sampleEvery(fc.oneof(whole, fc.double({ min: 0.001, max: 2500, noNaN: true })));
type Sample = typeof anySample extends fc.Arbitrary<infer T> ? T : never;

/** Readings in the order of their arrival: bad ones, jitter, tags out of step, late ones. */
function arrivalsOf(samples: readonly Sample[]): Reading[] {
  const clocks = new Map<string, number>();
  const sent = samples.map(({ tag, stepMs, delayMs, value, quality, statusCode }) => {
    const timeMs = (clocks.get(tag) ?? START_MS) + stepMs;
    clocks.set(tag, timeMs);
    const reading: Reading = {
      tag,
      timeMs,
      value: quality === "bad" ? Number.NaN : value,
      quality,
      ...(statusCode !== undefined && { statusCode }),
    };
    return { reading, cameMs: timeMs + delayMs };
  });
  sent.sort((one, other) => one.cameMs - other.cameMs);
  const newest = new Map<string, number>();
  return sent.map(({ reading }): Reading => {
    const isLate = reading.timeMs < (newest.get(reading.tag) ?? 0);
    if (isLate) return { ...reading, late: true };
    newest.set(reading.tag, reading.timeMs);
    return reading;
  });
}

const START_MS = 1_764_000_000_000.5;
const several = { minLength: 1, maxLength: 60 };
const arrivals = fc.array(anySample, several).map(arrivalsOf);
/** None so near to the instant of a frame that the grid forgives it: there, what comes first counts. */
const betweenFrames = fc.array(sampleEvery(whole), several).map(arrivalsOf);

interface Outcome {
  readonly frames: readonly Frame[];
  readonly drops: readonly (readonly [Reading, string])[];
  /** Whether a reading came when its frame had left. */
  readonly hasMissed: boolean;
}

async function align(readings: Observable<Reading>): Promise<Outcome> {
  const frames: Frame[] = [];
  const drops: [Reading, string][] = [];
  let hasMissed = false;
  const onDrop = (reading: Reading, why: string): void => {
    drops.push([reading, why]);
    if (why === "late") hasMissed = true;
  };
  const watched = readings.pipe(
    tap(({ timeMs }) => {
      if (timeMs <= (frames.at(-1)?.timeMs ?? 0)) hasMissed = true;
    }),
  );
  const aligned = watched.pipe(alignReadings({ tags, periodMs: 1000, latenessMs: 1500, onDrop }));
  await aligned.forEach((frame) => void frames.push(frame));
  return { frames, drops, hasMissed };
}

/** Frames of the readings as they come, and of their recording. */
async function liveAndReplayed(readings: readonly Reading[], ending: string) {
  const path = join(folder, `pump${ending}`);
  const recorded = recordTrace(handSource(from(readings), tags), path, { maxFiles: 1 });
  const live = await align(recorded.readings);
  await recorded.flush();
  expect(recorded.stats()).toMatchObject({ written: readings.length, waiting: 0 });
  const replay = traceSource(recorded.stats().file ?? "");
  return { live, replay, replayed: await align(replay.readings) };
}

describe("what was recorded", () => {
  it("replays from JSON Lines reading by reading, to the same frames and the same drops", async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (readings) => {
        const { live, replay, replayed } = await liveAndReplayed(readings, ".jsonl");
        expect(replay.tags).toEqual(tags);
        expect(await lastValueFrom(replay.readings.pipe(toArray()))).toEqual(readings);
        expect(replayed).toEqual(live);
      }),
    );
  }, 60_000);

  it("replays from JSON Lines as it came, also where a clock was set back without a mark", async () => {
    const unmarked = arrivals.map((readings) => readings.map(({ late: _, ...reading }) => reading));
    await fc.assert(
      fc.asyncProperty(unmarked, async (readings) => {
        const { live, replay, replayed } = await liveAndReplayed(readings, ".jsonl");
        expect(await lastValueFrom(replay.readings.pipe(toArray()))).toEqual(readings);
        expect(replayed).toEqual(live);
      }),
    );
  }, 60_000);

  it("replays from CSV to the frames of the readings in time, which are the live ones where none missed its frame", async () => {
    let inTime = 0;
    await fc.assert(
      fc.asyncProperty(betweenFrames, async (readings) => {
        const { live, replay, replayed } = await liveAndReplayed(readings, ".csv");
        expect(replay.tags).toEqual(names.map((name) => ({ name })));
        const sorted = [...readings].sort((one, other) => one.timeMs - other.timeMs);
        expect(replayed.frames).toEqual((await align(from(sorted))).frames);
        if (live.hasMissed) return;
        inTime += 1;
        expect(replayed.frames).toEqual(live.frames);
      }),
      { numRuns: 200 },
    );
    expect(inTime).toBeGreaterThan(10);
  }, 60_000);
});
