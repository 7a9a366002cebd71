import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { occlusionShares, occlusions } from "../../../src/model/scoring/graph-score.ts";

describe("occlusions", () => {
  it("are the window without each tag in turn", () => {
    expect([...occlusions(Float32Array.of(1, 2, 3, 4), 2)]).toEqual([0, 2, 0, 4, 1, 0, 3, 0]);
  });
});

describe("occlusionShares", () => {
  it("give most to the tag without which the score falls the most", () => {
    expect([...occlusionShares(10, Float32Array.of(9, 2, 12))]).toEqual([1 / 9, 8 / 9, 0]);
  });

  it("are even when the score falls without no tag", () => {
    expect([...occlusionShares(1, Float32Array.of(1, 2))]).toEqual([0.5, 0.5]);
  });

  it("are never negative and add up to 1", () => {
    const score = fc.float({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        score,
        fc.float32Array({ minLength: 1, min: -1e6, max: 1e6, noNaN: true }),
        (given, without) => {
          const shares = occlusionShares(given, without);
          expect(shares.every((share) => share >= 0)).toBe(true);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
        },
      ),
    );
  });
});
