import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTimeAxis } from "../../src/evaluation/time-axis.ts";

type Timed = readonly [timeMs: number, value: number];

/** Lowest and highest of what falls into each bin, put together at the end. */
function binned(readings: readonly Timed[], binMs: number): Map<number, readonly number[]> {
  const firstMs = readings[0]?.[0] ?? 0;
  const bins = new Map<number, readonly number[]>();
  for (const [timeMs, value] of readings) {
    const bin = Math.floor((timeMs - firstMs) / binMs);
    const [low, high] = bins.get(bin) ?? [value, value];
    bins.set(bin, [Math.min(low as number, value), Math.max(high as number, value)]);
  }
  return bins;
}

describe("createTimeAxis", () => {
  it("keeps the lowest and highest of each bin, however often bins are put together", () => {
    const reading = fc.tuple(fc.nat(500_000), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 200 }), (unsorted) => {
        const readings = unsorted.toSorted(([a], [b]) => a - b);
        const axis = createTimeAxis(10);
        const band = axis.addBand();
        for (const [timeMs, value] of readings) axis.put(band, timeMs, value);

        const bins = binned(readings, axis.binMs());
        expect(axis.startMs()).toBe(readings[0]?.[0]);
        expect(axis.length()).toBe(Math.max(...bins.keys()) + 1);
        for (const [edge, values] of [band.low, band.high].entries()) {
          const wrong = values.findIndex(
            (value, bin) => !Object.is(value, bins.get(bin)?.[edge] ?? Number.NaN),
          );
          expect(wrong).toBe(-1);
        }
      }),
    );
  });

  it("takes a day of seconds in bins of some half a minute, and its memory does not grow", () => {
    const axis = createTimeAxis(1_000);
    const band = axis.addBand();
    const { length } = band.low;
    for (let second = 0; second < 86_400; second += 1) axis.put(band, second * 1_000, second % 60);
    expect(axis.binMs()).toBe(32_000);
    expect(axis.length()).toBe(2_700);
    expect(band.low).toHaveLength(length);
  });

  it("passes over what is unknown, and what lies before the beginning", () => {
    const axis = createTimeAxis(10);
    const band = axis.addBand();
    axis.put(band, 0, Number.NaN);
    expect(axis.startMs()).toBeNaN();
    axis.put(band, 100, 1);
    axis.put(band, 50, 7);
    expect([axis.length(), band.high[0]]).toEqual([1, 1]);
  });
});
