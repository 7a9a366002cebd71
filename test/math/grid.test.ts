import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { createAligner } from "../../src/math/aligner.ts";
import { follows } from "../../src/math/grid.ts";
import { createSlidingFrames } from "../../src/math/sliding-frames.ts";
import { findRuns, startsOf } from "../../src/model/learn/window-runs.ts";

const periods = fc.oneof(
  fc.constantFrom(1000 / 30, 1000 / 60, 33.3, 16.67, 0.1, 1000, 60_000),
  fc.double({ min: 0.05, max: 1e6, noNaN: true }),
);
/** Instants from 1970 to far ahead, as long as a double still tells neighbouring instants apart. */
const firstMs = fc.integer({ min: 0, max: 4e12 });

const frameAt = (slot: number, periodMs: number): Frame => ({
  timeMs: slot * periodMs,
  periodMs,
  values: Float64Array.of(1),
  agesMs: Float64Array.of(0),
});

describe("grid", () => {
  it("sees neighbours and gaps whatever the period", () => {
    fc.assert(
      fc.property(periods, firstMs, fc.integer({ min: 0, max: 5 }), (periodMs, from, step) => {
        const slot = Math.round(from / periodMs);
        const [before, frame] = [frameAt(slot, periodMs), frameAt(slot + step, periodMs)];
        expect(follows(before, frame)).toBe(step === 1);
      }),
    );
  });

  it("does not take a frame of another grid, or none at all, for a neighbour", () => {
    expect(follows(undefined, frameAt(1, 1000))).toBe(false);
    expect(follows(frameAt(1, 1000), frameAt(2, 500))).toBe(false);
  });

  it("lets every aligned frame reach a window, in use and in training, whatever the period", () => {
    fc.assert(
      fc.property(periods, firstMs, (periodMs, from) => {
        const frames: Frame[] = [];
        const aligner = createAligner({ tags: ["a"], periodMs }, (frame) => frames.push(frame));
        const slot = Math.round(from / periodMs);
        for (let row = 0; row < 64; row += 1) {
          const timeMs = (slot + row - 0.5) * periodMs;
          aligner.push({ tag: "a", timeMs, value: row, quality: "good" });
        }
        aligner.flush();
        const sliding = createSlidingFrames(4, 1, 1);
        const windows = frames.filter((frame) => sliding.push(frame) !== undefined);
        expect(windows.length).toBe(64 - 3);

        expect(startsOf(findRuns(frames, new Uint8Array(64).fill(1)), 4).length).toBe(64 - 3);
      }),
    );
  });
});
