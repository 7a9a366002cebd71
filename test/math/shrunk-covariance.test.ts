import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { choleskyInverse, shrunkPrecision } from "../../src/math/shrunk-covariance.ts";
import { symmetricEigen } from "../../src/math/symmetric-eigen.ts";

/** Two tags that vary together (correlation 0.8), the second ten times as much, and a third on its own. */
function related(count: number, seed = 1): Float64Array {
  const random = createRandom(seed);
  const samples = new Float64Array(count * 3);
  for (let at = 0; at < samples.length; at += 3) {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    samples.set([a, 10 * (0.8 * a + 0.6 * b), c], at);
  }
  return samples;
}

describe("inverse of a shrunk covariance", () => {
  it("comes near the true one with many samples", () => {
    const { precision, shrinkage } = shrunkPrecision(related(50_000), 3, 1e-6);
    expect(shrinkage).toBe(0.01);
    const truth = [1 / 0.36, -0.08 / 0.36, 0, -0.08 / 0.36, 0.01 / 0.36, 0, 0, 0, 1];
    precision.forEach((value, cell) => {
      expect(Math.abs(value - (truth[cell] as number))).toBeLessThan(0.15);
    });
  });

  it("treats tags as unrelated where so few samples say nothing of it, and keeps their scale", () => {
    const { precision, shrinkage } = shrunkPrecision(Float64Array.of(1, 3), 2, 0.1);
    expect(shrinkage).toBe(1);
    expect([...precision]).toEqual([1, 0, 0, 1 / 9]);
    expect([...shrunkPrecision(new Float64Array(0), 2, 0.1).precision].map(Math.round)).toEqual([
      100, 0, 0, 100,
    ]);
  });

  it("shrinks unrelated tags more than related ones, and less the more samples there are", () => {
    const random = createRandom(4);
    const unrelated = Float64Array.from({ length: 600 }, random.normal);
    const { shrinkage } = shrunkPrecision(unrelated, 3, 1e-6);
    const few = shrunkPrecision(related(20), 3, 1e-6).shrinkage;
    const more = shrunkPrecision(related(200), 3, 1e-6).shrinkage;
    expect(shrinkage).toBeGreaterThan(0.4);
    expect(more).toBeLessThan(few);
    expect(few).toBeLessThan(0.5);
  });

  it("is not fooled by samples that repeat themselves", () => {
    // 40 samples, each held for twenty times: no more is known than from the 40.
    const samples = related(40, 9);
    const held = new Float64Array(40 * 20 * 3);
    for (let at = 0; at < 40 * 20; at += 1) {
      const sample = Math.floor(at / 20) * 3;
      held.set(samples.subarray(sample, sample + 3), at * 3);
    }
    const { shrinkage } = shrunkPrecision(held, 3, 1e-6);
    expect(shrinkage).toBeGreaterThan(0.02);
    expect(shrinkage).toBeCloseTo(shrunkPrecision(samples, 3, 1e-6).shrinkage, 9);
  });

  it("is positive definite whatever the samples are", () => {
    const samples = fc
      .integer({ min: 1, max: 6 })
      .chain((tags) =>
        fc.tuple(
          fc.constant(tags),
          fc.array(
            fc.array(fc.integer({ min: -3, max: 3 }), { minLength: tags, maxLength: tags }),
            { maxLength: 30 },
          ),
        ),
      );
    fc.assert(
      fc.property(samples, ([tags, rows]) => {
        // The last tag repeats the first.
        const cells = Float64Array.from(rows.flatMap((row) => [...row, row[0] as number]));
        const { precision } = shrunkPrecision(cells, tags + 1, 0.05);
        const { values } = symmetricEigen(precision, tags + 1);
        expect(Math.min(...values)).toBeGreaterThan(0);
        expect(Math.max(...values)).toBeLessThanOrEqual(100 / 0.05 ** 2 + 1);
      }),
    );
  });

  it("scales with the tags", () => {
    const samples = related(100);
    const { precision } = shrunkPrecision(samples, 3, 1e-9);
    const larger = samples.map((value, cell) => (cell % 3 === 0 ? 1000 * value : value));
    const scaled = shrunkPrecision(larger, 3, 1e-9).precision;
    expect((scaled[0] as number) * 1e6).toBeCloseTo(precision[0] as number, 9);
    expect((scaled[1] as number) * 1e3).toBeCloseTo(precision[1] as number, 9);
    expect(scaled[4]).toBeCloseTo(precision[4] as number, 9);
  });
});

describe("inverse by Cholesky", () => {
  it("is the known one", () => {
    const inverse = choleskyInverse(Float64Array.of(4, 2, 2, 3), 2);
    [0.375, -0.25, -0.25, 0.5].forEach((known, cell) => {
      expect(inverse[cell]).toBeCloseTo(known, 12);
    });
  });
});
