import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSkid } from "../../src/simulator/index.ts";
import { mean, record, roughness, spread } from "./recording.ts";

const CYCLE_S = 60;

describe("a pump skid", () => {
  it("does the same again for the same seed, and something else for another", () => {
    const first = record(createSkid({ seed: 7 }), 10);
    expect(record(createSkid({ seed: 7 }), 10)).toEqual(first);
    expect(record(createSkid({ seed: 8 }), 10)).not.toEqual(first);
  });

  it("does not care how its time is cut into pieces", () => {
    const whole = createSkid();
    whole.advance(2000);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 6 }), (pieces) => {
        const skid = createSkid();
        for (const piece of pieces) skid.advance(piece);
        skid.advance(2000 - pieces.reduce((sum, piece) => sum + piece, 0));
        expect(skid.readings).toEqual(whole.readings);
        expect(skid.timeMs).toBe(2000);
      }),
      { numRuns: 10 },
    );
  });

  it("stays within what is physically possible and never touches the ends of a range", () => {
    const skid = createSkid({ seed: 3 });
    const hour = record(skid, 3600);
    for (const { name, range } of skid.tags) {
      expect(Math.min(...hour[name]), name).toBeGreaterThan(range[0]);
      expect(Math.max(...hour[name]), name).toBeLessThan(range[1]);
    }
  });

  it.each([1, 2, 3])(
    "starts in steady operation and is the same an hour later (seed %i)",
    (seed) => {
      const skid = createSkid({ seed });
      const first = record(skid, 3 * CYCLE_S);
      skid.advance(3_600_000);
      const last = record(skid, 3 * CYCLE_S);
      for (const { name } of skid.tags) {
        const drift = Math.abs(mean(last[name]) - mean(first[name]));
        // Within the noise of one sample and a tenth of what the load cycle moves.
        expect(drift, name).toBeLessThan(roughness(first[name]) + 0.1 * spread(first[name]));
      }
    },
  );

  it("goes through its load about once a minute", () => {
    const speed = record(createSkid(), 10 * CYCLE_S).motorSpeed;
    const middle = mean(speed);
    // Crossings with a margin, so that noise counts for nothing.
    let high = false;
    let cycles = 0;
    for (const value of speed) {
      if (!high && value > middle + 100) cycles += 1;
      high = value > middle + 100 || (high && value > middle - 100);
    }
    expect(cycles).toBeGreaterThanOrEqual(9);
    expect(cycles).toBeLessThanOrEqual(11);
    expect(spread(speed)).toBeGreaterThan(300);
  });

  it("obeys its pump curve: more speed and a wider valve give more flow at more current", () => {
    const cycle = record(createSkid(), CYCLE_S);
    const byFlow = cycle.flow.map((_, index) => index);
    byFlow.sort((one, other) => (cycle.flow[one] as number) - (cycle.flow[other] as number));
    const low = byFlow.slice(0, 60);
    const high = byFlow.slice(-60);
    for (const name of [
      "motorSpeed",
      "valvePosition",
      "motorCurrent",
      "dischargePressure",
    ] as const) {
      const at = (indexes: number[]) => mean(indexes.map((index) => cycle[name][index] as number));
      expect(at(high), name).toBeGreaterThan(at(low));
    }
  });

  it("has noise on every tag, of about 0.5 to 1 percent", () => {
    const cycle = record(createSkid(), CYCLE_S);
    for (const [name, values] of Object.entries(cycle)) {
      const share = roughness(values) / mean(values);
      expect(share, name).toBeGreaterThan(0.003);
      expect(share, name).toBeLessThan(0.015);
    }
  });

  it("runs down within seconds when it is stopped, and is as usual some minutes after it is started", () => {
    const skid = createSkid();
    const before = record(skid, CYCLE_S);
    skid.stop();
    expect(skid.isOn).toBe(false);
    skid.advance(10_000);
    const atRest = record(skid, CYCLE_S);
    for (const name of ["motorSpeed", "motorCurrent", "flow", "bearingVibration"] as const) {
      expect(Math.max(...atRest[name]), name).toBeLessThan(0.03 * mean(before[name]));
    }
    skid.advance(10 * 60_000);
    skid.start();
    skid.advance(10_000);
    expect(mean(record(skid, 10).bearingTemperature)).toBeLessThan(30);
    skid.advance(8 * 60_000);
    const after = record(skid, CYCLE_S);
    for (const { name } of skid.tags) {
      const drift = Math.abs(mean(after[name]) - mean(before[name]));
      expect(drift, name).toBeLessThan(roughness(before[name]) + 0.1 * spread(before[name]));
    }
  });

  it("refuses to run backwards", () => {
    expect(() => createSkid().advance(-1)).toThrow(TypeError);
  });
});
