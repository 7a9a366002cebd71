import { describe, expect, it } from "vitest";
import { studentQuantile } from "../../src/math/student.ts";

describe("student quantile", () => {
  it.each([
    // From printed tables.
    [0.05, 1, 6.314],
    [0.025, 2, 4.303],
    [0.001, 3, 10.21],
    [0.001, 4, 7.173],
    [0.01, 10, 2.764],
    [0.001, 60, 3.232],
    [0.025, 1_000_000, 1.962],
  ])("exceeded with %f at %i degrees of freedom is %f", (tail, freedom, expected) => {
    expect(studentQuantile(tail, freedom) / expected).toBeCloseTo(1, 2);
  });
});
