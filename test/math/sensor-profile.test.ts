import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { measureSensors } from "../../src/math/sensor-profile.ts";

const framesOf = (cells: readonly number[], stepMs = 1_000): Frame[] =>
  cells.map((value, row) => ({
    timeMs: (row + 1) * stepMs,
    periodMs: 1_000,
    values: Float64Array.of(value),
    agesMs: Float64Array.of(Number.isNaN(value) ? Number.POSITIVE_INFINITY : 0),
  }));

describe("the profile of a sensor", () => {
  it("is what its values did, frame after frame", () => {
    const values = [1, 2, 2, 2, Number.NaN, Number.NaN, 5, 4, 4];
    expect(measureSensors(framesOf(values), 1)).toEqual([
      {
        low: 1,
        high: 5,
        changeShare: 2 / 5,
        longestUnchanged: 2,
        largestStep: 1,
        steadyNoise: 0,
        longestMissing: 2,
      },
    ]);
  });

  it("knows no step over a gap between two recordings", () => {
    expect(measureSensors(framesOf([1, 100, 1], 60_000), 1)[0]).toMatchObject({
      low: 1,
      high: 100,
      changeShare: 0,
      largestStep: 0,
    });
  });

  it("has the noise of the signal, whatever its drift, and none where it comes and goes", () => {
    const wave = Array.from({ length: 1_000 }, (_, row) => row / 10 + (row % 2));
    const [steady] = measureSensors(framesOf(wave), 1);
    // Of values that alternate by 1 the second difference is 2, so sqrt(4 / 6).
    expect(steady?.steadyNoise).toBeCloseTo(Math.sqrt(4 / 6), 6);
    const sometimes = wave.map((value, row) => (row < 500 ? value : row / 10));
    expect(measureSensors(framesOf(sometimes), 1)[0]?.steadyNoise).toBe(0);
  });

  it("is finite for a tag that was never read: a model card is JSON", () => {
    const never = framesOf(Array.from({ length: 10 }, () => Number.NaN));
    expect(Object.values(measureSensors(never, 1)[0] ?? {}).every(Number.isFinite)).toBe(true);
  });
});
