import { describe, expect, it } from "vitest";
import { frameDistance, frameWeights } from "../../src/math/frame-distance.ts";

/** Two tags that run alike, and one that goes its own way: correlations 0.8 and 0. */
const precision = Float64Array.of(1 / 0.36, -0.8 / 0.36, 0, -0.8 / 0.36, 1 / 0.36, 0, 0, 0, 1);
const weights = frameWeights(precision, [0, 0, 0]);
const place = { offset: 0, length: 1, tags: 3 };
const known = new Float64Array(3);

describe("distance of frames from normal ones", () => {
  it("is the squared Mahalanobis distance per tag", () => {
    const alike = frameDistance(Float32Array.of(2, 2, 0), known, weights, place);
    const apart = frameDistance(Float32Array.of(2, -2, 0), known, weights, place);
    expect(alike.mean).toBeCloseTo((2 * 2 ** 2) / 1.8 / 3);
    expect(apart.mean).toBeCloseTo((2 * 2 ** 2) / 0.2 / 3);
  });

  it("measures each tag against what the others say of it", () => {
    const { byTag } = frameDistance(Float32Array.of(3, 0, -2), known, weights, place);
    expect(byTag[0]).toBeCloseTo((3 / 0.6) ** 2);
    expect(byTag[1]).toBeCloseTo(((0.8 * 3) / 0.6) ** 2);
    expect(byTag[2]).toBeCloseTo(2 ** 2);
  });

  it("gives levels room, without losing sight of what the others say", () => {
    const roomy = frameWeights(precision, [0, 0, 3]);
    const input = Float32Array.of(3, 0, -2);
    const { mean, byTag } = frameDistance(input, known, roomy, place);
    const without = frameDistance(input, known, weights, place);
    expect(mean).toBeCloseTo(without.mean - (4 - 4 / (1 + 3)) / 3);
    expect([...byTag]).toEqual([...without.byTag]);
  });

  it("takes an unknown cell for a usual one", () => {
    const raw = Float64Array.of(0, 0, Number.NaN);
    const { mean, byTag } = frameDistance(Float32Array.of(0, 0, 9), raw, weights, place);
    expect(mean).toBeCloseTo(1 / 3);
    expect(byTag[2]).toBe(0);
  });

  it("adds up the frames of a window", () => {
    const two = { offset: 3, length: 2, tags: 3 };
    const input = Float32Array.of(7, 7, 7, 0, 0, 1, 0, 0, 3);
    const { mean, byTag } = frameDistance(input, new Float64Array(6), weights, two);
    expect(mean).toBeCloseTo((1 + 9) / 6);
    expect([...byTag]).toEqual([0, 0, 10]);
  });
});
