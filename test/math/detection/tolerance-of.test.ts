import { describe, expect, it } from "vitest";
import { toleranceOf } from "../../../src/math/detection/tolerance-of.ts";
import { createRandom } from "../../../src/math/random.ts";

function wave(period: number, rows: number): Float64Array {
  const random = createRandom(5);
  return Float64Array.from(
    { length: rows },
    (_, row) => 20 + Math.sin((2 * Math.PI * row) / period) + 0.3 * random.uniform(),
  );
}

describe("the tolerance of a signal", () => {
  it.each([7, 24, 60])("is its period of %d rows", (period) => {
    expect(toleranceOf(wave(period, 5 * period + 500))).toBe(period);
  });

  it.each([5, 350])("is 125 rows for a period of %d, too short or too long to be one", (period) => {
    expect(toleranceOf(wave(period, 3000))).toBe(125);
  });

  it("is 125 rows for a signal that never comes back", () => {
    expect(toleranceOf(Float64Array.from({ length: 100 }, (_, row) => row))).toBe(125);
    expect(toleranceOf(new Float64Array(1000).fill(7))).toBe(125);
    expect(toleranceOf(new Float64Array(2))).toBe(125);
  });

  it("is not led astray by missing values", () => {
    const signal = wave(24, 1000);
    for (let row = 0; row < signal.length; row += 50) signal[row] = Number.NaN;

    expect(toleranceOf(signal)).toBe(24);
  });
});
