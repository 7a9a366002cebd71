import { describe, expect, it } from "vitest";
import { moments, quantile } from "../../src/math/statistics.ts";

describe("statistics", () => {
  it("has mean and deviation of the population", () => {
    expect(moments(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toEqual({ mean: 5, deviation: 2 });
    expect(moments(new Float64Array())).toEqual({ mean: Number.NaN, deviation: Number.NaN });
  });

  it.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [1, 4],
  ])("interpolates the %f-quantile", (share, expected) => {
    expect(quantile(Float64Array.of(1, 2, 3, 4), share)).toBe(expected);
  });
});
