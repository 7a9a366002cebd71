import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Reading } from "../../src/core/reading.ts";
import { createAligner } from "../../src/math/aligner.ts";
import { copyFrame } from "../../src/math/frame-sheet.ts";

const reading = (tag: string, timeMs: number, value: number): Reading => ({
  tag,
  timeMs,
  value,
  quality: "good",
});

describe("an aligner that takes no memory", () => {
  it("gives the same frames when they are lent, and when the readings' places are known", () => {
    const tags = ["a", "b", { name: "c", reporting: "on-change" }] as const;
    const steps = fc.array(
      fc.record({
        place: fc.nat(2),
        stepMs: fc.oneof(fc.integer({ min: -3_000, max: 3_000 }), fc.constant(700_000)),
        value: fc.oneof(fc.integer(), fc.constant(Number.NaN)),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        let timeMs = 1_000_000;
        const readings = taken.map(({ place, stepMs, value }) => {
          timeMs += stepMs;
          return { place, reading: reading("abc".charAt(place), timeMs, value) };
        });
        const lent: Frame[] = [];
        const own: Frame[] = [];
        const options = { tags, periodMs: 1000 };
        const lender = createAligner({ ...options, reuse: true }, (frame) =>
          lent.push(copyFrame(frame)),
        );
        const giver = createAligner(options, (frame) => own.push(frame));
        for (const { place, reading: one } of readings) {
          lender.push(one, place);
          giver.push(one);
        }
        lender.flush();
        giver.flush();
        expect(lent).toEqual(own);
      }),
    );
  });

  it("lends one frame for all, with the same arrays", () => {
    const lent: Frame[] = [];
    const aligner = createAligner({ tags: ["a"], periodMs: 1000, reuse: true }, (frame) =>
      lent.push(frame),
    );
    for (const second of [1, 2, 3]) aligner.push(reading("a", second * 1000, second));
    expect(new Set(lent).size).toBe(1);
    expect(lent[0]).toMatchObject({ timeMs: 3000, values: Float64Array.of(3) });
  });

  it("holds no more memory, however long all that its sources say is bad", () => {
    const aligner = createAligner({ tags: ["a", "b"], periodMs: 1000 }, () => {});
    const sayBad = (from: number, to: number): void => {
      for (let second = from; second < to; second += 1) {
        aligner.push({ tag: "a", timeMs: second * 1000, value: Number.NaN, quality: "bad" });
      }
    };
    sayBad(0, 10_000);
    const before = memoryInUse();
    sayBad(10_000, 100_000);
    expect(memoryInUse() - before).toBeLessThan(5_000_000);
  });
});

function memoryInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
