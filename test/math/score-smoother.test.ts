import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/core/score.ts";
import { createScoreSmoother, type ScoreSmoother } from "../../src/math/score-smoother.ts";
import type { WindowResult } from "../../src/math/window-result.ts";

const MINUTE_MS = 60_000;
const share = -Math.expm1(-1 / 10); // of a score every second, with a time constant of ten

const options = { timeMs: 10_000, strideMs: 1_000, threshold: 5 };

function score(endMs: number, value: number, verdict: Verdict = "normal"): WindowResult {
  const shares = Float64Array.of(1);
  return { endMs, value, threshold: 5, warningThreshold: Number.NaN, verdict, coverage: 1, shares };
}

/** What the average makes of the next score. */
function next(smoother: ScoreSmoother, given: WindowResult): WindowResult {
  smoother.push(given);
  return given;
}

/** Values of the averages of these values, one every so often. */
function averages(values: readonly number[], everyMs: number): number[] {
  const smoother = createScoreSmoother(options);
  return values.map((value, place) => next(smoother, score(place * everyMs, value)).value);
}

describe("average over scores", () => {
  it("is no alarm by the first window alone, however strange", () => {
    const [first, second] = averages([8, 8], 1_000);
    expect(first).toBeCloseTo(8 * share);
    expect(second).toBeCloseTo(8 * share * (2 - share));
  });

  it.each([1_000, 4_000, 30_000])("comes to what stays, with a score every %i ms", (everyMs) => {
    expect(averages(new Array<number>(100).fill(6), everyMs).at(-1)).toBeCloseTo(6, 3);
  });

  it("neither remembers what was before a gap, nor believes the first window after it", () => {
    const smoother = createScoreSmoother(options);
    for (let second = 0; second < 60; second += 1) smoother.push(score(second * 1_000, 9));
    const after = next(smoother, score(59_000 + 10 * MINUTE_MS, 7));
    expect(after.value).toBeCloseTo(7 * share);
    expect(after.verdict).toBe("normal");
  });

  it("remembers over a gap that is short", () => {
    const smoother = createScoreSmoother(options);
    for (let second = 0; second < 100; second += 1) smoother.push(score(second * 1_000, 9));
    const after = next(smoother, score(104_000, 0));
    expect(after.value).toBeCloseTo(9 * Math.exp(-5 / 10), 2);
  });

  it("lets a threshold that a hole has raised sink with the value that it has raised", () => {
    const smoother = createScoreSmoother(options);
    const holed = { threshold: 15, warningThreshold: 13 };
    for (let second = 0; second < 100; second += 1) {
      smoother.push({ ...score(second * 1_000, 12), ...holed });
    }
    for (let second = 100; second < 130; second += 1) {
      const whole = { ...score(second * 1_000, 1), warningThreshold: 3 };
      const { value, verdict, threshold, warningThreshold } = next(smoother, whole);
      expect(verdict).toBe("normal");
      expect(threshold - value).toBeGreaterThan(2.9);
      expect(threshold - (warningThreshold as number)).toBeCloseTo(2);
    }
  });

  it("names the tag of the strange windows, not that of the many normal ones before them", () => {
    const smoother = createScoreSmoother(options);
    const of = (endMs: number, value: number, flow: number): WindowResult => ({
      ...score(endMs, value),
      shares: Float64Array.of(flow, 1 - flow),
    });
    for (let second = 0; second < 60; second += 1) smoother.push(of(second * 1_000, 0, 0.9));
    const [flow, level] = next(smoother, of(60_000, 40, 0.1)).shares;
    expect(level).toBeGreaterThan(0.8);
    expect((flow as number) + (level as number)).toBeCloseTo(1);
  });

  it("counts the same moment once, and what was not judged not at all", () => {
    const smoother = createScoreSmoother(options);
    smoother.push(score(0, 0));
    const { value } = next(smoother, score(1_000, 8));
    const nothing = score(2_000, Number.NaN, "insufficient-data");
    expect({ ...next(smoother, nothing) }).toEqual({ ...nothing });
    expect(next(smoother, score(1_000, 8)).value).toBeCloseTo(value);
    expect(next(smoother, score(2_000, 8)).value).toBeGreaterThan(value);
  });
});
