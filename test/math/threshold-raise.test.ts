import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thresholdRaise } from "../../src/math/threshold-raise.ts";

const at = (score: number) => ({ score, threshold: 4 });
const times = (count: number, score: number) => Array.from({ length: count }, () => at(score));

describe("false alarms raise the threshold", () => {
  it("by a twentieth each", () => {
    expect(thresholdRaise(4, [], [])).toBe(0);
    expect(thresholdRaise(4, times(1, 5), [])).toBeCloseTo(0.2);
    expect(thresholdRaise(4, times(3, 5), [])).toBeCloseTo(0.6);
  });

  it("as far as the highest of them reached, and by no more than half", () => {
    expect(thresholdRaise(4, times(30, 5), [])).toBe(1);
    expect(thresholdRaise(4, times(30, 6), [])).toBe(2);
  });

  it("not when they were so strong that it would not help", () => {
    expect(thresholdRaise(4, times(30, 6.1), [])).toBe(0);
  });

  it("halfway to the weakest fault at most", () => {
    expect(thresholdRaise(4, times(30, 6), [at(9), at(5)])).toBe(0.5);
    expect(thresholdRaise(4, times(30, 6), [at(3.5), at(9)])).toBe(0);
  });

  it("never so far that a fault of the same kind would be missed", () => {
    const score = fc.double({ min: 0, max: 20, noNaN: true });
    const heights = fc.array(fc.record({ score, threshold: score }), { maxLength: 12 });
    fc.assert(
      fc.property(heights, heights, (falseAlarms, faults) => {
        const raise = thresholdRaise(4, falseAlarms, faults);
        expect(raise).toBeGreaterThanOrEqual(0);
        expect(raise).toBeLessThanOrEqual(2);
        for (const fault of faults.filter(({ score, threshold }) => score >= threshold)) {
          expect(fault.score).toBeGreaterThanOrEqual(fault.threshold + raise);
        }
      }),
    );
  });
});
