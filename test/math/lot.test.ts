import { describe, expect, it } from "vitest";
import { createLot } from "../../src/math/lot.ts";

const draws = (key: string, count = 10_000, stepMs = 1000): number[] => {
  const lot = createLot(key);
  return Array.from({ length: count }, (_, turn) => lot(1_764_000_000_000 + turn * stepMs));
};
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** Standard normal when the two are unrelated. */
const correlation = (a: readonly number[], b: readonly number[]): number =>
  mean(a.map((value, place) => 12 * (value - 0.5) * ((b[place] ?? 0) - 0.5))) * Math.sqrt(a.length);

describe("createLot", () => {
  it("draws the same for the same key and moment, and another for another", () => {
    expect(draws("a", 10)).toEqual(draws("a", 10));
    expect(new Set([...draws("a"), ...draws("b")]).size).toBe(20_000);
  });

  it("is uniform in [0, 1)", () => {
    for (const stepMs of [1, 1000, 2 ** 32]) {
      const counts = new Array<number>(20).fill(0);
      for (const draw of draws(`step ${stepMs}`, 10_000, stepMs)) {
        const bin = Math.floor(draw * 20);
        counts[bin] = (counts[bin] ?? Number.NaN) + 1;
      }
      const chiSquared = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
      expect(chiSquared).toBeLessThan(50); // 19 degrees of freedom: more once in 7,000 times
    }
  });

  it("does not tell from one draw what the next one is, nor what another key draws", () => {
    const all = draws("1");
    expect(Math.abs(correlation(all, all.slice(1)))).toBeLessThan(4);
    expect(Math.abs(correlation(all, draws("2")))).toBeLessThan(4);
  });
});
