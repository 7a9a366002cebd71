import { describe, expect, it } from "vitest";
import { createSkid, type FaultKind, type SkidTagName } from "../../src/simulator/index.ts";
import { mean, record, roughness, spread } from "./recording.ts";

const CYCLE_S = 60;

/** Every fault, and what it moves within a cycle, on average, in the unit of the tag. */
const SYMPTOMS: Partial<
  Record<FaultKind, Partial<Record<SkidTagName, readonly [from: number, to: number]>>>
> = {
  "bearing-wear": {
    bearingVibration: [2, 5],
    bearingTemperature: [3, 16],
    motorCurrent: [0.2, 1.5],
  },
  cavitation: { suctionPressure: [-0.8, -0.5], flow: [-4, -0.5], bearingVibration: [0.5, 2] },
  "filter-clogging": { suctionPressure: [-0.9, -0.3], flow: [-8, -1.5] },
  "seal-leak": { sealPressure: [-1.4, -0.8], tankLevel: [-6, -1] },
};

describe.each(
  Object.entries(SYMPTOMS) as [FaultKind, Partial<Record<SkidTagName, [number, number]>>][],
)("%s", (kind, symptoms) => {
  it("moves the tags that it should, and they recover after it is cleared", () => {
    const healthy = createSkid();
    const broken = createSkid();
    broken.inject(kind);
    const [without, withFault] = [record(healthy, CYCLE_S), record(broken, CYCLE_S)];
    for (const [name, [from, to]] of Object.entries(symptoms)) {
      const moved = mean(withFault[name as SkidTagName]) - mean(without[name as SkidTagName]);
      expect(moved, name).toBeGreaterThan(from);
      expect(moved, name).toBeLessThan(to);
    }

    broken.clear(kind);
    healthy.advance(180_000);
    broken.advance(180_000);
    const [steady, recovered] = [record(healthy, CYCLE_S), record(broken, CYCLE_S)];
    for (const { name } of broken.tags) {
      const left = Math.abs(mean(recovered[name]) - mean(steady[name]));
      expect(left, name).toBeLessThan(roughness(steady[name]));
    }
    expect(broken.activeFaults).toEqual([]);
  });

  it("leaves the load cycle and the noise of the other tags as they were", () => {
    const [healthy, broken] = [createSkid(), createSkid()];
    broken.inject(kind);
    expect(record(broken, 20).motorSpeed).toEqual(record(healthy, 20).motorSpeed);
  });
});

describe("faults in detail", () => {
  it("bearing wear doubles the vibration within five seconds, in bursts", () => {
    const skid = createSkid();
    const before = record(skid, CYCLE_S).bearingVibration;
    skid.inject("bearing-wear");
    skid.advance(5000);
    const after = record(skid, 30).bearingVibration;
    expect(mean(after)).toBeGreaterThan(1.8 * mean(before));
    expect(roughness(after)).toBeGreaterThan(5 * roughness(before));
    expect(Math.max(...after)).toBeGreaterThan(3 * mean(before));
  });

  it("a worn bearing heats up slowly, not at once", () => {
    const [healthy, worn] = [createSkid(), createSkid()];
    worn.inject("bearing-wear");
    const heatAfter = (seconds: number) => {
      const [cold, hot] = [record(healthy, seconds), record(worn, seconds)];
      return mean(hot.bearingTemperature.slice(-20)) - mean(cold.bearingTemperature.slice(-20));
    };
    expect(heatAfter(5)).toBeLessThan(3);
    expect(heatAfter(120)).toBeGreaterThan(8);
  });

  it("cavitation makes flow and vibration noisy", () => {
    const [healthy, broken] = [createSkid(), createSkid()];
    broken.inject("cavitation");
    const [without, withFault] = [record(healthy, CYCLE_S), record(broken, CYCLE_S)];
    for (const name of ["flow", "bearingVibration"] as const) {
      expect(roughness(withFault[name]), name).toBeGreaterThan(3 * roughness(without[name]));
    }
  });

  it("a stuck valve stays while the speed goes on with the demand", () => {
    const skid = createSkid();
    skid.inject("valve-stuck");
    const { valvePosition, motorSpeed } = record(skid, CYCLE_S);
    expect(spread(valvePosition)).toBeLessThan(5);
    expect(spread(motorSpeed)).toBeGreaterThan(300);
    skid.clear("valve-stuck");
    expect(spread(record(skid, CYCLE_S).valvePosition)).toBeGreaterThan(25);
  });

  it("a worse fault shows more", () => {
    const [mild, bad] = [createSkid(), createSkid()];
    mild.inject("filter-clogging", 0.3);
    bad.inject("filter-clogging", 1);
    const suction = (skid: typeof mild) => mean(record(skid, CYCLE_S).suctionPressure);
    expect(suction(mild)).toBeGreaterThan(suction(bad) + 0.2);
  });

  it("raises its own alarm only for a real danger", () => {
    const skid = createSkid();
    expect(skid.alarm).toBe(false);
    skid.inject("cavitation", 1.5);
    skid.advance(10_000);
    expect(skid.alarm).toBe(true);
  });

  it("stays within its ranges when everything breaks at its worst", () => {
    const skid = createSkid();
    for (const kind of Object.keys(SYMPTOMS) as FaultKind[]) skid.inject(kind, 3);
    const wreck = record(skid, 600);
    for (const { name, range } of skid.tags) {
      expect(Math.min(...wreck[name]), name).toBeGreaterThanOrEqual(range[0]);
      expect(Math.max(...wreck[name]), name).toBeLessThanOrEqual(range[1]);
    }
  });
});
