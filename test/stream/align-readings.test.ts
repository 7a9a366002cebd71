import { from, lastValueFrom, take, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Reading } from "../../src/core/reading.ts";
import { alignReadings, createFrameInlet } from "../../src/stream/align-readings.ts";
import { marbles } from "../marbles.ts";

const reading = (tag: string, timeMs: number, value: number): Reading => ({
  tag,
  timeMs,
  value,
  quality: "good",
});
const frame = (timeMs: number, a: number, b: number): Frame => ({
  timeMs,
  periodMs: 10,
  values: Float64Array.of(a, b),
  agesMs: Float64Array.of(0, 0),
});
const readings = {
  a: reading("a", 10, 1),
  b: reading("b", 10, 2),
  c: reading("a", 20, 3),
  d: reading("b", 20, 4),
};
const options = { tags: ["a", "b"], periodMs: 10 };

describe("alignReadings", () => {
  it(
    "emits a frame when every tag has reached its instant",
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot("  a-bc-d|", readings);
      const subs = "        ^-----!";
      const expected = "    --x--y|";
      expectObservable(source.pipe(alignReadings(options))).toBe(expected, {
        x: frame(10, 1, 2),
        y: frame(20, 3, 4),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    "emits what is waiting when the readings end",
    marbles(({ hot, expectObservable }) => {
      const source = hot("  a---(b|)", readings);
      expectObservable(source.pipe(alignReadings(options))).toBe("----(x|)", {
        x: frame(10, 1, 2),
      });
    }),
  );

  it(
    "passes on never, empty, errors and unsubscription",
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const align = alignReadings(options);
      expectObservable(cold<Reading>("-").pipe(align)).toBe("-");
      expectObservable(cold<Reading>("|").pipe(align)).toBe("|");
      expectObservable(cold<Reading>("a#", readings).pipe(align)).toBe("-#");
      const source = cold("ab-cd", readings);
      expectObservable(source.pipe(align), "^--!").toBe("-x-", { x: frame(10, 1, 2) });
      expectSubscriptions(source.subscriptions).toBe("^--!");
    }),
  );

  it(
    "gives every subscriber a grid of its own",
    marbles(({ cold, expectObservable }) => {
      const frames = cold("ab|", readings).pipe(alignReadings(options));
      expectObservable(frames).toBe("-x|", { x: frame(10, 1, 2) });
      expectObservable(frames).toBe("-x|", { x: frame(10, 1, 2) });
    }),
  );

  it(
    "tells of readings that reach no frame",
    marbles(({ cold, expectObservable, flush }) => {
      const drops: string[] = [];
      const onDrop = ({ tag }: Reading, why: string): void => void drops.push(`${tag} ${why}`);
      const stranger = { s: reading("stranger", 10, 1) };
      expectObservable(cold("s|", stranger).pipe(alignReadings({ ...options, onDrop }))).toBe("-|");
      flush();
      expect(drops).toEqual(["stranger unknown-tag"]);
    }),
  );

  it(
    "reads no further than the frames that are wanted, even from a source that never pauses",
    marbles(({ expectObservable, flush }) => {
      let read = 0;
      const endless = function* (): Generator<Reading> {
        // Ends all the same, so that this test fails instead of hanging.
        for (; read < 1_000; read += 1) yield reading(read % 2 ? "b" : "a", 10, read + 1);
      };
      const frames = from(endless()).pipe(alignReadings(options), take(1));
      expectObservable(frames).toBe("(x|)", { x: frame(10, 1, 2) });
      flush();
      expect(read).toBe(1);
    }),
  );

  it(
    "fails when the one who is told of drops throws, and lets the source go",
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const stranger = { ...readings, s: reading("stranger", 10, 1) };
      const source = hot("  ab-s-cd|", stranger);
      const subs = "        ^--!";
      const expected = "    -x-#";
      const broken = new Error("no such tag");
      const onDrop = (): never => {
        throw broken;
      };
      const frames = source.pipe(alignReadings({ ...options, onDrop }));
      expectObservable(frames).toBe(expected, { x: frame(10, 1, 2) }, broken);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it.each([
    { tags: [], periodMs: 10 },
    { tags: ["a", "a"], periodMs: 10 },
    { tags: ["a"], periodMs: 0 },
    { tags: ["a"], periodMs: 10, maxAgeMs: -1 },
    { tags: ["a"], periodMs: 10, latenessMs: -1 },
  ])("refuses %o", (wrong) => {
    expect(() => alignReadings(wrong)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("a frame inlet", () => {
  it("gives the frames that alignReadings gives, and completes when it is told that no reading will come", async () => {
    const given = [readings.a, readings.b, readings.c];
    const aligned = from(given).pipe(alignReadings(options));
    const expected = await lastValueFrom(aligned.pipe(toArray()));
    const frames: Frame[] = [];
    const inlet = createFrameInlet("machine", options);
    let isComplete = false;
    const listening = inlet.frames.subscribe({
      next: (one) => frames.push(one),
      error: expect.fail,
      complete: () => {
        isComplete = true;
      },
    });
    for (const one of given) inlet.push(one, options.tags.indexOf(one.tag));
    expect([frames.length, isComplete]).toEqual([1, false]);
    inlet.end();
    expect(isComplete).toBe(true);
    expect(frames).toEqual(expected);
    listening.unsubscribe();
  });

  it("refuses what alignReadings refuses, in its owner's name", () => {
    expect(() => createFrameInlet("pump-1", { ...options, latenessMs: -1 })).toThrow(/^pump-1: /);
  });
});
