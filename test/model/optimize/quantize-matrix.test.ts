import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantizeMatrix, transpose } from "../../../src/model/optimize/quantize-matrix.ts";

const matrix = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([inputs, outputs]) =>
    fc.record({
      inputs: fc.constant(inputs),
      outputs: fc.constant(outputs),
      weights: fc.float32Array({
        minLength: inputs * outputs,
        maxLength: inputs * outputs,
        noNaN: true,
        noDefaultInfinity: true,
        min: -1e6,
        max: 1e6,
      }),
    }),
  );

describe("quantizeMatrix", () => {
  it("is off by at most half a step of the column", () => {
    fc.assert(
      fc.property(matrix, fc.constantFrom(64, 127), ({ inputs, outputs, weights }, largest) => {
        const layout = { inputs, outputs, transposed: false };
        const { values, scales } = quantizeMatrix(weights, layout, largest);
        weights.forEach((weight, cell) => {
          const scale = scales[cell % outputs] ?? Number.NaN;
          const value = values[cell] ?? Number.NaN;
          expect(Math.abs(value)).toBeLessThanOrEqual(largest);
          expect(Math.abs(value * scale - weight)).toBeLessThanOrEqual(0.5001 * scale);
        });
      }),
    );
  });

  it("gives a transposed matrix the same numbers", () => {
    fc.assert(
      fc.property(matrix, ({ inputs, outputs, weights }) => {
        const plain = quantizeMatrix(weights, { inputs, outputs, transposed: false }, 127);
        const swapped = weights.map(
          (_, cell) => weights[(cell % inputs) * outputs + Math.floor(cell / inputs)] ?? Number.NaN,
        );
        const other = quantizeMatrix(swapped, { inputs, outputs, transposed: true }, 127);
        expect(transpose(other.values, inputs, outputs)).toEqual(plain.values);
        expect(other.scales).toEqual(plain.scales);
      }),
    );
  });

  it("keeps small weights apart beside a column of large ones", () => {
    const weights = Float32Array.of(0.001, 1_000, 0.002, -1_000);
    const layout = { inputs: 2, outputs: 2, transposed: false };
    expect([...quantizeMatrix(weights, layout, 64).values]).toEqual([32, 64, 64, -64]);
  });
});
