import { describe, expect, it } from "vitest";
import {
  createSkid,
  type FaultKind,
  type Skid,
  type SkidTagName,
} from "../../src/simulator/index.ts";
import { mean, record } from "./recording.ts";

function valueNow(skid: Skid, name: SkidTagName): number {
  return skid.readings.find(({ tag }) => tag === name)?.value ?? Number.NaN;
}

describe("sensor faults", () => {
  it("a stuck sensor repeats one value to the last bit, and moves again after", () => {
    const skid = createSkid();
    const before = valueNow(skid, "flow");
    skid.inject("stuck");
    expect(new Set(record(skid, 30).flow)).toEqual(new Set([before]));
    skid.clear("stuck");
    expect(new Set(record(skid, 1).flow).size).toBeGreaterThan(5);
  });

  it("a sensor that drops out has bad quality and no value; the others go on", () => {
    const skid = createSkid();
    skid.inject("dropout", 1, { tag: "sealPressure" });
    skid.advance(100);
    const bad = skid.readings.filter(({ quality }) => quality === "bad");
    expect(bad).toEqual([{ tag: "sealPressure", value: Number.NaN, quality: "bad" }]);
    skid.clear("dropout");
    skid.advance(100);
    expect(skid.readings.every(({ quality }) => quality === "good")).toBe(true);
  });

  it("an offset shifts one sensor by a tenth of its range and nothing else", () => {
    const [healthy, broken] = [createSkid(), createSkid()];
    broken.inject("offset", 1, { tag: "tankLevel" });
    const [without, withFault] = [record(healthy, 10), record(broken, 10)];
    expect(mean(withFault.tankLevel) - mean(without.tankLevel)).toBeCloseTo(10);
    expect(withFault.suctionPressure).toEqual(without.suctionPressure);
  });

  it("lists what is wrong, and replaces a fault that is injected twice", () => {
    const skid = createSkid();
    skid.inject("cavitation", 0.5);
    skid.inject("cavitation", 0.7);
    skid.inject("stuck");
    skid.inject("stuck", 1, { tag: "tankLevel" });
    expect(skid.activeFaults).toEqual([
      { kind: "cavitation", severity: 0.7 },
      { kind: "stuck", severity: 1, tag: "flow" },
      { kind: "stuck", severity: 1, tag: "tankLevel" },
    ]);
    skid.clear("stuck");
    expect(skid.activeFaults).toHaveLength(1);
  });

  it.each([
    ["an unknown fault", "gremlins", 1, undefined, /no fault "gremlins"/],
    ["a severity of nothing", "cavitation", 0, undefined, /severity of cavitation .* got 0/],
    ["a severity beyond reason", "cavitation", 4, undefined, /at most 3, got 4/],
    ["a machine fault on a tag", "cavitation", 1, "flow", /cavitation takes no tag/],
    ["an unknown tag", "stuck", 1, "mood", /no tag "mood"/],
  ])("refuses %s", (_what, kind, severity, tag, message) => {
    const options = tag === undefined ? {} : { tag: tag as SkidTagName };
    expect(() => createSkid().inject(kind as FaultKind, severity, options)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) }),
    );
  });
});
