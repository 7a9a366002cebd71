import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { createScoreDigest, type ScoreDigest } from "../../src/math/score-digest.ts";
import { quantile } from "../../src/math/statistics.ts";

const figuresOf = (values: Iterable<number>): ReturnType<ScoreDigest["figures"]> => {
  const { push, figures } = createScoreDigest();
  for (const value of values) push(value);
  return figures();
};

describe("createScoreDigest", () => {
  it("is exact for as many scores as an hour has at one a second", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e6 }), { minLength: 1, maxLength: 50 }),
        (values) => {
          const sorted = Float64Array.from(values).sort();
          expect(figuresOf(values)).toEqual({
            median: quantile(sorted, 0.5),
            p95: quantile(sorted, 0.95),
            highest: sorted.at(-1),
          });
        },
      ),
    );
    const hour = Array.from({ length: 3600 }, (_, second) => (second * 7919) % 3600);
    const { median, p95, highest } = figuresOf(hour);
    expect([median, highest]).toEqual([1799.5, 3599]);
    expect(p95).toBeCloseTo(3419.05);
  });

  it("stays close to the truth for a hundred thousand, and never misses the highest", () => {
    const random = createRandom(1);
    const values = Array.from({ length: 100_000 }, () => random.normal());
    values[77_777] = 50;
    const { median, p95, highest } = figuresOf(values);
    expect(Math.abs(median)).toBeLessThan(0.06); // four standard errors of 6,250 values
    expect(Math.abs(p95 - 1.645)).toBeLessThan(0.11);
    expect(highest).toBe(50);
  });

  it("has no figures of nothing", () => {
    expect(figuresOf([])).toEqual({ median: Number.NaN, p95: Number.NaN, highest: Number.NaN });
  });
});
