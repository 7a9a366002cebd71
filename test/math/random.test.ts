import { describe, expect, it } from "vitest";
import { createRandom, shuffle } from "../../src/math/random.ts";
import { moments } from "../../src/math/statistics.ts";

describe("random", () => {
  it("gives the same numbers for the same seed, others for another", () => {
    const draw = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("is uniform and normal as it says", () => {
    const random = createRandom(1);
    const uniform = moments(Float64Array.from({ length: 20_000 }, () => random.uniform()));
    expect(uniform.mean).toBeCloseTo(0.5, 2);
    expect(uniform.deviation).toBeCloseTo(Math.sqrt(1 / 12), 2);
    const normal = moments(Float64Array.from({ length: 20_000 }, () => random.normal()));
    expect(normal.mean).toBeCloseTo(0, 1);
    expect(normal.deviation).toBeCloseTo(1, 1);
  });

  it("shuffles without losing anything", () => {
    const items = Uint32Array.from({ length: 100 }, (_, index) => index);
    const shuffled = items.slice();
    shuffle(shuffled, createRandom(3));
    expect(shuffled).not.toEqual(items);
    expect(shuffled.slice().sort()).toEqual(items);
  });
});
