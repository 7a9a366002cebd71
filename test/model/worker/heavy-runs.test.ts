import { describe, expect, it } from "vitest";
import { heavyRuns } from "../../../src/model/worker/heavy-runs.ts";

type Run = readonly [windows: number, tookMs: number];

const times = (count: number, run: Run): Run[] => Array.from({ length: count }, () => run);

/** The number of the run that decides, from 1 on; 0 when none does. */
function decidedAt(runs: readonly Run[], limitMs = 5): number {
  const isHeavy = heavyRuns(limitMs);
  return 1 + runs.findIndex(([windows, tookMs]) => isHeavy(windows, tookMs));
}

describe("whether runs are heavy", () => {
  it("is decided by the median of five runs, after two that warm up", () => {
    expect(decidedAt(times(20, [256, 6]))).toBe(7);
    expect(decidedAt(times(20, [256, 5]))).toBe(0);
  });

  it("is not decided by a slow start or a hiccup now and then", () => {
    const slowStart = [...times(2, [256, 500]), ...times(20, [256, 1])] as const;
    expect(decidedAt(slowStart)).toBe(0);
    const hiccups = Array.from({ length: 99 }, (_, run): Run => [256, run % 3 === 0 ? 80 : 1]);
    expect(decidedAt(hiccups)).toBe(0);
  });

  it("is decided by large batches, though most runs are small", () => {
    const mixed = Array.from(
      { length: 99 },
      (_, run): Run => (run % 10 === 9 ? [200 + run / 2, 30] : [1 + (run % 4), 0.2]),
    );
    expect(decidedAt(mixed)).toBe(50);
  });

  it("counts one window as it is: many of them take far less than so many times its time", () => {
    expect(decidedAt(times(99, [1, 0.2]))).toBe(0);
    expect(decidedAt(times(99, [1, 6]))).toBe(7);
  });

  it("counts a batch that is larger than scoring makes as a full one", () => {
    expect(decidedAt(times(99, [2_560, 49]))).toBe(0);
    expect(decidedAt(times(99, [2_560, 51]))).toBe(7);
  });

  it("is never so without a limit", () => {
    expect(decidedAt(times(99, [256, 1e9]), Number.POSITIVE_INFINITY)).toBe(0);
  });
});
