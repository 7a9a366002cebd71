import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagonalWhitening, weightedError, worstRows } from "../../src/math/weighted-error.ts";

const place = { offset: 0, length: 2, tags: 2 };

describe("weighted error", () => {
  it("measures each tag in units of its own usual residual", () => {
    const input = Float32Array.of(1, 1, 3, 1);
    const window = [input, new Float32Array(4), new Float64Array(4)] as const;
    const whitening = diagonalWhitening([1, 0.5]);
    const { mean, shares } = weightedError(...window, whitening, place);
    expect(mean).toBe((1 + 4 + 9 + 4) / 4);
    expect([...shares]).toEqual([10 / 18, 8 / 18]);
    expect([...worstRows(...window, whitening, place)]).toEqual([1, 0]);
  });

  it("takes unknown cells for usual ones, whatever stands in them", () => {
    const raw = Float64Array.of(0, Number.NaN, 0, Number.NaN);
    const { mean, shares } = weightedError(
      Float32Array.of(2, 9, 2, 9),
      new Float32Array(4),
      raw,
      diagonalWhitening([1, 1]),
      place,
    );
    expect(mean).toBe((4 + 1 + 4 + 1) / 4);
    expect([...shares]).toEqual([1, 0]);
  });

  it("gives shares that add up to 1, even when nothing is off", () => {
    const cells = fc.array(fc.float({ min: -5, max: 5, noNaN: true }), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(cells, cells, (input, output) => {
        const { shares } = weightedError(
          Float32Array.from(input),
          Float32Array.from(output),
          new Float64Array(4),
          diagonalWhitening([0.3, 2]),
          place,
        );
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
      }),
    );
  });
});
