import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { calibrate } from "../../src/model/calibrate.ts";

const window = { length: 4, tags: 2 };
/** What the evaluator gives for normal residuals of these sizes: their squares, summed over each window's rows. */
const squares = (windows: number, sizes = [1, 1]): Float32Array => {
  const random = createRandom(windows);
  return Float32Array.from({ length: windows * window.tags }, (_, cell) => {
    const rows = Array.from({ length: window.length }, () => random.normal());
    return rows.reduce((sum, value) => sum + ((sizes[cell % 2] as number) * value) ** 2, 0);
  });
};

describe("calibrate", () => {
  it("measures the usual residual of each tag, down to a floor", () => {
    const { residualScale } = calibrate(squares(2_000, [0.5, 0.001]), window).calibration;
    expect(residualScale[0]).toBeCloseTo(0.5, 1);
    expect(residualScale[1]).toBe(0.05);
  });

  it("makes the score of held-out windows zero on average", () => {
    const { logMean, logDeviation, windows } = calibrate(squares(2_000), window).calibration;
    expect(windows).toBe(2_000);
    expect(logMean).toBeLessThan(0); // the mean of a logarithm lies below the logarithm of the mean, 0
    expect(logDeviation).toBeGreaterThan(0.3);
  });

  it("sets the threshold above every held-out window", () => {
    const strange = squares(2_000).map((value, cell) => (cell < 2 ? 900 * value : value));
    const { threshold, calibration } = calibrate(strange, window);
    expect(threshold).toBeGreaterThan(8);
    expect(calibrate(squares(2_000), window).threshold).toBe(4);
    expect(calibration.residualScale[0]).toBeGreaterThan(1);
  });

  it("sets it higher the fewer windows there are that share no frame", () => {
    const thresholds = [8, 16, 32, 64, 400].map(
      (windows) => calibrate(squares(windows), window).threshold,
    );
    expect(thresholds).toEqual(thresholds.toSorted((a, b) => b - a));
    expect(thresholds[0]).toBeCloseTo(10.21 * Math.sqrt(5 / 4), 1); // four independent windows at the least
    expect(thresholds.at(-1)).toBe(4);
  });

  it("is no hair trigger when held-out windows are all alike", () => {
    const same = new Float32Array(40 * 2).fill(4 * 0.3 ** 2);
    expect(calibrate(same, window).calibration.logDeviation).toBe(0.05);
  });
});
