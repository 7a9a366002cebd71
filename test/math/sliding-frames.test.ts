import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { createSlidingFrames } from "../../src/math/sliding-frames.ts";

const frame = (slot: number, ageMs = 0): Frame => ({
  timeMs: slot * 1000,
  periodMs: 1000,
  values: Float64Array.of(slot, -slot),
  agesMs: Float64Array.of(0, ageMs),
});

const ends = (length: number, stride: number, slots: readonly number[]): (number | undefined)[] => {
  const sliding = createSlidingFrames(length, 2, stride);
  return slots.map((slot) => sliding.push(frame(slot))?.endMs);
};

/** What `createSlidingFrames` is to do, by looking back over everything that came. */
const windowsOf = (
  length: number,
  stride: number,
  slots: readonly number[],
): (readonly number[] | undefined)[] =>
  slots.map((slot, place) => {
    const last = slots.slice(Math.max(0, place - length + 1), place + 1);
    const isWhole = last.every((one, row) => one === slot - length + 1 + row);
    return last.length === length && isWhole && slot % stride === 0 ? last : undefined;
  });

describe("sliding frames", () => {
  it("hold the last frames, oldest first, whatever the length, the stride and the gaps", () => {
    const size = fc.integer({ min: 1, max: 8 });
    const steps = fc.array(
      fc.integer({ min: 1, max: 12 }).map((step) => Math.max(1, step - 10)),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: -20, max: 20 }),
        steps,
        (length, stride, first, jumps) => {
          let slot = first;
          const slots = [first, ...jumps.map((jump) => (slot += jump))];
          const sliding = createSlidingFrames(length, 2, stride);
          const windows = slots.map((one) => {
            const window = sliding.push(frame(one));
            return window && [...window.values];
          });
          expect(windows).toEqual(
            windowsOf(length, stride, slots).map((rows) => rows?.flatMap((row) => [row, -row])),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("make no window of frames that have no time", () => {
    expect(createSlidingFrames(1, 2, 1).push(frame(Number.NaN))).toBeUndefined();
  });

  it("start over after a gap on the grid", () => {
    expect(ends(2, 1, [1, 2, 4, 5])).toEqual([undefined, 2000, undefined, 5000]);
  });

  it("count strides on the grid, not from where it was started", () => {
    expect(ends(2, 3, [1, 2, 3, 4, 5, 6])).toEqual([
      undefined,
      undefined,
      3000,
      undefined,
      undefined,
      6000,
    ]);
    expect(ends(2, 3, [5, 6, 7])).toEqual([undefined, 6000, undefined]);
  });

  it("count as covered only what was measured in the frame's own period", () => {
    const sliding = createSlidingFrames(2, 2, 1);
    sliding.push(frame(1, 1000));
    expect(sliding.push(frame(2, 999))?.coverage).toBe(0.75);
  });
});
