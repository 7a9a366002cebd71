import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { fitTail, tailQuantile } from "../../src/math/tail-fit.ts";

/** Draws from a generalized Pareto distribution above 10. */
function paretoValues(count: number, scale: number, shape: number): Float64Array {
  const { uniform } = createRandom(11);
  return Float64Array.from({ length: count }, () => {
    const times = -Math.log(1 - uniform());
    return 10 + scale * (shape === 0 ? times : Math.expm1(shape * times) / shape);
  });
}

describe("tail fit", () => {
  it.each([0, 0.3, -0.2])("finds the parameters of many values with shape %s", (shape) => {
    const fit = fitTail(paretoValues(20_000, 2, shape), 10);
    expect(Math.abs(fit.shape - shape)).toBeLessThan(0.04);
    expect(Math.abs(fit.scale - 2)).toBeLessThan(0.1);
    expect(fit).toMatchObject({ level: 10, count: 20_000 });
  });

  it("knows the quantiles of an exponential tail", () => {
    const fit = { level: 3, scale: 2, shape: 0, count: 100 };
    expect(tailQuantile(fit, 0.5)).toBeCloseTo(3 + 2 * Math.LN2);
    expect(tailQuantile(fit, 1)).toBe(3);
    expect(tailQuantile(fit, 7)).toBe(3);
    expect(tailQuantile({ ...fit, shape: 0.5 }, 0.01)).toBeCloseTo(3 + 4 * 9);
    expect(tailQuantile({ ...fit, shape: -0.25 }, 1e-30)).toBeCloseTo(3 + 8);
  });

  it("does not read a heavy tail, or an end of it, into a handful of values", () => {
    const heavy = fitTail(Float64Array.of(1, 1.1, 1.2, 1.1, 50), 1);
    expect(heavy.shape).toBeLessThan(0.1);
    const ended = fitTail(Float64Array.of(2, 2, 2, 2.1, 2), 1);
    expect(ended.shape).toBeGreaterThan(-0.1);
    expect(tailQuantile(ended, 0.001)).toBeGreaterThan(5);
  });

  it("survives a single value, and values that are all the same", () => {
    expect(tailQuantile(fitTail(Float64Array.of(5), 4), 0.01)).toBeGreaterThan(5);
    expect(tailQuantile(fitTail(Float64Array.of(4, 4, 4), 4), 0.01)).toBe(4);
  });

  it("follows shift and scale of the values, and rises as the probability falls", () => {
    const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(positive, { minLength: 2, maxLength: 60 }),
        fc.integer({ min: -50, max: 50 }),
        positive,
        (excesses, shift, scale) => {
          const fit = fitTail(Float64Array.from(excesses), 0);
          const values = Float64Array.from(excesses, (excess) => shift + scale * excess);
          const moved = fitTail(values, shift);
          let last = Number.NEGATIVE_INFINITY;
          for (const probability of [0.9, 0.1, 1e-2, 1e-4, 1e-7]) {
            const quantile = tailQuantile(fit, probability);
            expect(quantile).toBeGreaterThan(last);
            last = quantile;
            const expected = shift + scale * quantile;
            const difference = Math.abs(tailQuantile(moved, probability) - expected);
            expect(difference).toBeLessThan(1e-6 * (scale * quantile + 1));
          }
        },
      ),
    );
  });
});
