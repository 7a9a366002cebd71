import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { measureSensors } from "../../src/math/sensor-profile.ts";
import {
  createSkid,
  type FaultKind,
  type Skid,
  type SkidTagName,
} from "../../src/simulator/index.ts";
import { SKID_TAGS } from "../../src/simulator/skid-tags.ts";
import { detect } from "../sensor-frames.ts";

const PERIOD_MS = 1_000;

function watch(skid: Skid, frames: number, before: (row: number) => void = () => {}): Frame[] {
  return Array.from({ length: frames }, (_, row) => {
    before(row);
    skid.advance(PERIOD_MS);
    const readings = skid.readings;
    return {
      timeMs: (row + 1) * PERIOD_MS,
      periodMs: PERIOD_MS,
      values: Float64Array.from(readings, ({ value }) => value),
      agesMs: Float64Array.from(readings, ({ quality }) => (quality === "bad" ? Infinity : 0)),
      bad: Uint8Array.from(readings, ({ quality }) => Number(quality === "bad")),
    };
  });
}

const card = {
  tags: SKID_TAGS,
  periodMs: PERIOD_MS,
  sensors: measureSensors(watch(createSkid({ seed: 100 }), 900), SKID_TAGS.length),
};

const withFault = (seed: number, kind: FaultKind, severity: number, tag?: SkidTagName): Frame[] => {
  const skid = createSkid({ seed });
  return watch(skid, 900, (row) => {
    if (row === 300) skid.inject(kind, severity, tag === undefined ? {} : { tag });
    if (row === 600) skid.clear(kind);
  });
};

describe("the sensors of the skid", () => {
  it.each([1, 2])("are believed through an hour of normal operation, seed %i", (seed) => {
    const { said, masked } = detect(watch(createSkid({ seed }), 3_600), { card });
    expect(said).toEqual([]);
    expect(masked.flat()).toEqual([]);
  });

  it.each(["bearing-wear", "cavitation", "valve-stuck", "filter-clogging", "seal-leak"] as const)(
    "are believed when the machine has %s, slight or severe",
    (kind) => {
      for (const severity of [0.3, 1, 3]) {
        const { said, masked } = detect(withFault(2, kind, severity), { card });
        expect(said).toEqual([]);
        expect(masked.flat().length).toBeLessThanOrEqual(6); // a leap is doubted for three frames
      }
    },
  );

  it.each(SKID_TAGS.map(({ name }) => name))("are found out when %s is stuck or gone", (name) => {
    for (const [kind, fault] of [
      ["stuck", "stuck"],
      ["dropout", "bad-quality"],
    ] as const) {
      const { messages } = detect(withFault(1, kind, 1, name), { card });
      expect(messages).toMatchObject([
        { phase: "opened", tag: name, fault, row: 310 },
        { phase: "closed", tag: name, fault },
      ]);
    }
  });

  it("are found out when one is off all at once, if people say how fast it can be", () => {
    const frames = withFault(1, "offset", 1, "bearingTemperature");
    expect(detect(frames, { card }).said).toEqual([]); // it might be the machine
    const limits = { bearingTemperature: { maxRatePerS: 0.5 } };
    expect(detect(frames, { card, limits }).said[0]).toBe("303 opened bearingTemperature rate");
  });
});
