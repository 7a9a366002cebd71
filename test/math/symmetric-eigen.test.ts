import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { symmetricEigen } from "../../src/math/symmetric-eigen.ts";

const rowsOf = (cells: Float64Array, size: number): number[][] =>
  Array.from({ length: size }, (_, row) => [...cells.subarray(row * size, (row + 1) * size)]);

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, entry, at) => sum + entry * (b[at] as number), 0);

function expectNear(found: Float64Array, known: readonly number[]): void {
  expect(found).toHaveLength(known.length);
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(known[at] as number, 7);
  });
}

const symmetric = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc
      .array(fc.integer({ min: -9, max: 9 }), { minLength: size * size, maxLength: size * size })
      .map((entries) =>
        Array.from({ length: size }, (_, row) =>
          Array.from(
            { length: size },
            (_, column) => entries[Math.min(row, column) * size + Math.max(row, column)] as number,
          ),
        ),
      ),
  );

describe("eigenvalues of a symmetric matrix", () => {
  it("are those that NumPy finds", () => {
    const matrix = Float64Array.of(4, 1, -2, 2, 1, 2, 0, 1, -2, 0, 3, -2, 2, 1, -2, -1);
    const { values, vectors } = symmetricEigen(matrix, 4);
    expectNear(values, [6.84462111, 2.26853141, 1.08436446, -2.19751698]);
    expectNear(vectors, [
      ...[0.71804596, 0.22115299, -0.55735138, 0.35335647],
      ...[0.2017111, 0.78944991, 0.57963417, 0.010281],
      ...[0.64226001, -0.54418785, 0.52022185, -0.14398227],
      ...[-0.17670517, -0.17810047, 0.28766803, 0.92428492],
    ]);
  });

  it("need no work for a diagonal matrix, and come largest first", () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, -2), 3);
    expect([...values]).toEqual([3, 1, -2]);
    expect(rowsOf(vectors, 3).map((row) => row.map(Math.abs))).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  it("turn the matrix into a diagonal one, with orthonormal vectors", () => {
    fc.assert(
      fc.property(symmetric, (matrix) => {
        const size = matrix.length;
        const { values, vectors } = symmetricEigen(Float64Array.from(matrix.flat()), size);
        const rows = rowsOf(vectors, size);
        rows.forEach((one, i) => {
          matrix.forEach((line, cell) => {
            expect(dot(line, one)).toBeCloseTo((values[i] as number) * (one[cell] as number), 9);
          });
          rows.forEach((other, j) => {
            expect(dot(one, other)).toBeCloseTo(i === j ? 1 : 0, 10);
          });
        });
        expect([...values]).toEqual([...values].sort((a, b) => b - a));
      }),
    );
  });

  it("have vectors whose largest entry is positive, the first of equals", () => {
    const { vectors } = symmetricEigen(Float64Array.of(0, -1, -1, 0), 2);
    expect(vectors[0]).toBeCloseTo(Math.SQRT1_2);
    expect(vectors[1]).toBeCloseTo(-Math.SQRT1_2);
  });

  it("end even where an entry is no number", () => {
    expect(symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2).values).toHaveLength(2);
  });
});
