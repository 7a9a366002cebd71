import { describe, expect, it } from "vitest";
import { boundRatio, samplesBehind } from "../../src/math/level-room.ts";

describe("room for levels", () => {
  it("is wider the fewer independent values were seen", () => {
    const ratios = [2, 3, 5, 10, 100].map(boundRatio);
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    expect(boundRatio(100_000)).toBeCloseTo(1, 2);
  });

  it.each([5, 10, 60, 250])("tells that %d values were seen", (samples) => {
    expect(samplesBehind(boundRatio(samples) ** 2 - 1)).toBe(samples);
  });

  it("never tells of more values than were seen", () => {
    for (const samples of [4.5, 7, 29, 119, 400]) {
      expect(samplesBehind(boundRatio(samples) ** 2 - 1)).toBeLessThanOrEqual(samples);
    }
    expect(samplesBehind(1e12)).toBe(2);
    expect(samplesBehind(0)).toBe(500);
  });
});
