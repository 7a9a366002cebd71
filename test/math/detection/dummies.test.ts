import { describe, expect, it } from "vitest";
import { detectionQuality } from "../../../src/math/detection/detection-quality.ts";
import { clockDummy, randomDummy } from "../../../src/math/detection/dummies.ts";

const rows = 20_000;
const run = {
  timesMs: Float64Array.from({ length: rows }, (_, row) => 1000 * row),
  labels: Uint8Array.from({ length: rows }, (_, row) => +(row >= 15_000)),
};

describe("a random score", () => {
  it("is in alarm as often as it is told, wherever the anomalies are", () => {
    const quality = detectionQuality(randomDummy(run, 0.3, 1));

    expect(quality.falseAlarmRate).toBeCloseTo(0.3, 1);
    expect(quality.missedAlarmRate).toBeCloseTo(0.7, 1);
    expect(quality.aucRoc).toBeCloseTo(0.5, 1);
    expect(quality.vusPr).toBeCloseTo(0.25, 1);
  });

  it("is the same for the same seed", () => {
    expect(randomDummy(run, 0.3, 1)).toEqual(randomDummy(run, 0.3, 1));
    expect(randomDummy(run, 0.3, 2)).not.toEqual(randomDummy(run, 0.3, 1));
  });

  it("alarms never or always when it is told so", () => {
    expect(randomDummy(run, 0, 1).alarms.includes(1)).toBe(false);
    expect(randomDummy(run, 1, 1).alarms.includes(0)).toBe(false);
  });
});

describe("a clock", () => {
  it("is in alarm from a time on, and looks good where recordings end in a fault", () => {
    const clock = clockDummy(run, 14_000_000);

    expect(clock.alarms.indexOf(1)).toBe(14_000);
    expect(clock.alarms.indexOf(0, 14_000)).toBe(-1);
    expect(detectionQuality(clock).f1).toBeGreaterThan(0.9);
    expect(detectionQuality(clock).aucRoc).toBe(1);
  });
});
