import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { createFrameRing } from "../../src/math/frame-ring.ts";

const frame = (slot: number, ageMs = 0): Frame => ({
  timeMs: slot * 1000,
  periodMs: 1000,
  values: Float64Array.of(slot, -slot),
  agesMs: Float64Array.of(0, ageMs),
});

const ends = (length: number, stride: number, slots: readonly number[]): (number | undefined)[] => {
  const ring = createFrameRing(length, 2, stride);
  return slots.map((slot) => ring.push(frame(slot))?.endMs);
};

describe("frame ring", () => {
  it("holds the last frames, oldest first, whatever the length", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 40 }),
        (length, count) => {
          const ring = createFrameRing(length, 2, 1);
          for (let slot = 0; slot < count; slot += 1) {
            const expected = Array.from({ length }, (_, row) => slot - length + 1 + row);
            const full = slot + 1 >= length;
            expect(ring.push(frame(slot))?.values).toEqual(
              full ? Float64Array.from(expected.flatMap((value) => [value, -value])) : undefined,
            );
          }
        },
      ),
    );
  });

  it("starts over after a gap on the grid", () => {
    expect(ends(2, 1, [1, 2, 4, 5])).toEqual([undefined, 2000, undefined, 5000]);
  });

  it("counts strides on the grid, not from where it was started", () => {
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

  it("counts as covered only what was measured in the frame's own period", () => {
    const ring = createFrameRing(2, 2, 1);
    ring.push(frame(1, 1000));
    expect(ring.push(frame(2, 999))?.coverage).toBe(0.75);
  });
});
