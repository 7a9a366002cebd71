import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScoreSmoother } from "../../src/math/score-smoother.ts";
import { sparseAverage } from "../../src/math/sparse-average.ts";
import { emptyResult } from "../../src/math/window-result.ts";

const timeMs = 10_000;
const strideMs = 1000;
const options = { timeMs, strideMs, reached: 1 };
const at = (second: number, value: number) => ({ endMs: second * 1000, value });

describe("the average over windows of which some are known", () => {
  it("is that of the gateway where all are known", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const smoother = createScoreSmoother({ timeMs, strideMs, threshold: 5 });
          const expected = values.map((value, second) => {
            const result = { ...emptyResult(), endMs: second * 1000, value, threshold: 5 };
            smoother.push(Object.assign(result, { verdict: "normal" }));
            return result.value;
          });
          // The gateway knows nothing before the first one.
          const reached = 1 - Math.exp(-strideMs / timeMs);
          const actual = sparseAverage(
            values.map((value, second) => at(second, value)),
            { ...options, reached },
          );
          expect(actual.length).toBe(expected.length);
          actual.forEach((value, place) => {
            expect(value).toBeCloseTo(expected[place] as number, 8);
          });
        },
      ),
    );
  });

  it("takes what is not known to lie between its neighbours", () => {
    const line = Array.from({ length: 41 }, (_, second) => at(second, 3 + second / 2));
    const dense = sparseAverage(line, options);
    const sparse = sparseAverage(
      [0, 7, 40].map((second) => line[second] ?? at(0, 0)),
      options,
    );
    [0, 7, 40].forEach((second, place) => {
      expect(sparse[place]).toBeCloseTo(dense[second] as number, 8);
    });
  });

  it("is what the last windows show after a long time, however long it was", () => {
    const [, year] = sparseAverage([at(0, 50), at(365 * 86_400, 50)], { ...options, reached: 0 });
    expect(year).toBeCloseTo(50, 6);
  });

  it("begins with what it had reached", () => {
    expect(sparseAverage([at(0, 30)], { ...options, reached: 0.4 })).toEqual([12]);
    expect(sparseAverage([], options)).toEqual([]);
  });
});
