import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEAST_PER_DAY, planSampling } from "../../src/math/sampling-budget.ts";

const HOUR_MS = 3_600_000;

describe("planSampling", () => {
  it("draws every hour where there is enough for that", () => {
    expect(planSampling(2500)).toEqual({ slotMs: HOUR_MS, perSlot: 100 });
  });

  it("draws more seldom from a small budget, so that there is something to choose among", () => {
    expect(planSampling(30)).toEqual({ slotMs: 6 * HOUR_MS, perSlot: 6 });
    expect(planSampling(LEAST_PER_DAY)).toEqual({ slotMs: 24 * HOUR_MS, perSlot: 3 });
  });

  it("has no plan for less than one window of each kind", () => {
    expect(planSampling(LEAST_PER_DAY - 0.01)).toBeUndefined();
  });

  it("never passes the budget in 24 hours, whenever they begin, and uses three quarters of it or more where the budget is not tiny", () => {
    fc.assert(
      fc.property(fc.double({ min: LEAST_PER_DAY, max: 1e6, noNaN: true }), (perDay) => {
        const { slotMs, perSlot } = planSampling(perDay) ?? { slotMs: Number.NaN, perSlot: 0 };
        const touched = 24 * (HOUR_MS / slotMs) + 1;
        expect(touched * perSlot).toBeLessThanOrEqual(perDay);
        if (perDay >= 25) expect(touched * perSlot).toBeGreaterThanOrEqual(0.75 * perDay);
      }),
    );
  });
});
