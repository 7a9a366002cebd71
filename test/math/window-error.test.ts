import { describe, expect, it } from "vitest";
import { errorWeights, windowError } from "../../src/math/window-error.ts";

const place = { offset: 0, length: 1, tags: 2 };
const known = new Float64Array(2);
const alike = [1 / 0.36, -0.8 / 0.36, -0.8 / 0.36, 1 / 0.36];

describe("error of a window", () => {
  it("is that of the residuals where nothing is known of the frames", () => {
    const weights = errorWeights({ residualScale: [1, 2] });
    const input = Float32Array.of(3, 2);
    const { mean, shares } = windowError(input, new Float32Array(2), known, weights, place);
    expect(mean).toBe((9 + 1) / 2);
    expect([...shares]).toEqual([0.9, 0.1]);
  });

  it("counts where a frame is, however well it is reconstructed", () => {
    const weights = errorWeights({ residualScale: [1, 1], precision: [1, 0, 0, 1] });
    const input = Float32Array.of(6, 0);
    const { mean, shares } = windowError(input, input, known, weights, place);
    expect(mean).toBe(36 / 2);
    expect([...shares]).toEqual([1, 0]);
  });

  it("counts the distance of a tag up to twice, by its part of the residuals", () => {
    const weights = errorWeights({ residualScale: [1, 1], precision: alike });
    const input = Float32Array.of(2, -2);
    const { shares } = windowError(input, Float32Array.of(2, 0), known, weights, place);
    expect([...shares]).toEqual([1 / 3, 2 / 3]);
  });

  it("gives the parts of the residuals where no frame is off", () => {
    const weights = errorWeights({ residualScale: [1, 1], precision: alike });
    const { shares } = windowError(
      new Float32Array(2),
      Float32Array.of(1, 0),
      known,
      weights,
      place,
    );
    expect([...shares]).toEqual([1, 0]);
  });
});
