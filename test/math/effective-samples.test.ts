import { describe, expect, it } from "vitest";
import { effectiveSamples } from "../../src/math/effective-samples.ts";
import { createRandom } from "../../src/math/random.ts";

/** A series in which each value keeps a share of the one before. */
function wandering(count: number, kept: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let value = 0;
  return Float64Array.from({ length: count }, () => {
    value = kept * value + random.normal();
    return value;
  });
}

describe("effective number of samples", () => {
  it("is about the number of values where they are independent", () => {
    expect(effectiveSamples(wandering(4_000, 0, 1))).toBeGreaterThan(2_500);
  });

  it.each([0.5, 0.9, 0.98])(
    "is (1 - a) / (1 + a) of it for an autoregressive series of %s",
    (kept) => {
      const expected = (20_000 * (1 - kept)) / (1 + kept);
      const found = [1, 2, 3, 4, 5].map((seed) => effectiveSamples(wandering(20_000, kept, seed)));
      const mean = found.reduce((sum, one) => sum + one / found.length, 0);
      expect(mean / expected).toBeGreaterThan(0.7);
      expect(mean / expected).toBeLessThan(1.4);
    },
  );

  it("is a few for a level that only rises", () => {
    const rising = Float64Array.from({ length: 4_000 }, (_, place) => place);
    expect(effectiveSamples(rising)).toBeLessThan(5);
  });

  it("is the number of values for a constant, and for one value 1", () => {
    expect(effectiveSamples(new Float64Array(100).fill(3))).toBe(100);
    expect(effectiveSamples(Float64Array.of(3))).toBe(1);
  });
});
