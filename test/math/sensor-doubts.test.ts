import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { Tag } from "../../src/core/tag.ts";
import { requireSensorLimits, type SensorLimitsByTag } from "../../src/math/sensor-limits.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import {
  CURRENT,
  detect,
  machineCard,
  PRESSURE,
  plantCard,
  plantFrames,
  repeat,
  TEMPERATURE,
  withoutReadings,
  withSensor,
} from "../sensor-frames.ts";

const normal = machineFrames(400, { seed: 7 });
const rows = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, row) => from + row);

describe("the machine has the benefit of the doubt", () => {
  const still = (frames: readonly Frame[], from: number, to: number, tags: readonly number[]) =>
    tags.reduce(
      (changed, tag) => withSensor(changed, tag, [from, to], repeat(frames, tag, from - 1)),
      [...frames],
    );

  it("when it stands still: nothing moves, and no sensor is stuck", () => {
    expect(detect(still(normal, 100, 300, [CURRENT, PRESSURE, TEMPERATURE]))).toMatchObject({
      said: [],
      masked: [[], [], []],
    });
  });

  it("when most of it stands still", () => {
    const plant = plantFrames(400, 2);
    const { said } = detect(still(plant, 100, 300, [0, 1, 2]), { card: plantCard });
    expect(said).toEqual([]);
  });

  it("but two of four are stuck when the others move", () => {
    const plant = plantFrames(400, 2);
    const { said } = detect(still(plant, 100, 300, [0, 1]), { card: plantCard });
    expect(said.filter((line) => line.includes("opened"))).toEqual([
      "110 opened a stuck",
      "110 opened b stuck",
    ]);
  });

  it("when a value stands where it never was: no flow may be true", () => {
    const none = withSensor(normal, PRESSURE, [100, 300], () => 0);
    expect(detect(none).said).toEqual([]);
  });

  it("when the load changes at once, on all tags", () => {
    const jump = [CURRENT, PRESSURE, TEMPERATURE].reduce(
      (frames, tag) => withSensor(frames, tag, [100, 102], (value) => value * 2),
      normal,
    );
    expect(
      detect(jump, { card: { ...machineCard, tags: ["a", "b", "c"].map((name) => ({ name })) } }),
    ).toMatchObject({ said: [] });
  });

  it("when one value leaps and stays: a broken blade shakes at once", () => {
    const leapt = withSensor(normal, TEMPERATURE, [100, 400], (value) => value + 40);
    expect(detect(leapt)).toMatchObject({ said: [], masked: [[], [], rows(100, 103)] });
  });

  it("when it shakes: jolts that follow each other are no spikes", () => {
    const shaking = withSensor(normal, TEMPERATURE, [100, 400], (value, row) =>
      row % 8 === 0 ? value + 45 : value,
    );
    expect(detect(shaking).said).toEqual([]);
  });

  it("when a tag seldom changes anyway: a setpoint is not stuck", () => {
    const constant = withSensor(plantFrames(1_000, 2), 4, [0, 1_000], () => 40);
    expect(detect(constant, { card: plantCard }).said).toEqual([]);
  });
});

describe("a tag that is reported on change", () => {
  const onChange = machineTags.map((tag): Tag => ({ ...tag, reporting: "on-change" }));
  const standing = withSensor(normal, PRESSURE, [100, 300], repeat(normal, PRESSURE, 99));

  it("is neither silent nor stuck when it does not change, if it was sampled in training", () => {
    expect(detect(standing, { tags: onChange }).said).toEqual([]);
    expect(detect(withoutReadings(normal, PRESSURE, [100, 200]), { tags: onChange }).said).toEqual(
      [],
    );
  });

  it("is stuck when it was reported so in training and always moved", () => {
    const card = { ...machineCard, tags: onChange };
    expect(detect(standing, { card }).said[0]).toBe("110 opened pressure stuck");
  });

  it("is bad when its source says so", () => {
    const bad = withoutReadings(normal, PRESSURE, [100, 200], true);
    expect(detect(bad, { tags: onChange }).said[0]).toBe("110 opened pressure bad-quality");
  });
});

describe("limits", () => {
  const stuck = withSensor(normal, PRESSURE, [100, 200], repeat(normal, PRESSURE, 99));

  it("that are given count instead of what was learnt", () => {
    const limits = { pressure: { maxUnchangedMs: 50_000 } };
    expect(detect(stuck, { limits }).said[0]).toBe("150 opened pressure stuck");
    const never = { pressure: { maxUnchangedMs: Number.POSITIVE_INFINITY } };
    expect(detect(stuck, { limits: never }).said).toEqual([]);
    const range = { temperature: { range: [0, 61] as const } };
    expect(detect(normal, { limits: range }).said[0]).toMatch(/opened temperature out-of-range/);
  });

  it("may say that a tag is never judged", () => {
    expect(detect(stuck, { limits: { pressure: false } })).toMatchObject({
      said: [],
      masked: [[], [], []],
    });
  });

  it("without anything learnt are the range and the silences", () => {
    const card = { tags: machineTags, periodMs: 1_000 };
    expect(detect(stuck, { card }).said).toEqual([]);
    const broken = withSensor(normal, CURRENT, [100, 130], () => 400);
    expect(detect(broken, { card }).said[0]).toBe("103 opened current out-of-range");
    const lost = withoutReadings(normal, TEMPERATURE, [100, 130], true);
    expect(detect(lost, { card }).said[0]).toBe("110 opened temperature bad-quality");
  });

  it.each([
    { wrong: { nobody: {} }, shows: /expected tags of the machine \(current, .*got nobody/ },
    { wrong: { pressure: { range: [5, 1] } }, shows: /range must go from low to high, got 5 to 1/ },
    { wrong: { pressure: { maxRatePerS: -1 } }, shows: /maxRatePerS must not be negative/ },
    { wrong: { pressure: { maxSpeed: 1 } }, shows: /no option "maxSpeed"/ },
  ])("are refused when they are wrong: $wrong", ({ wrong, shows }) => {
    expect(() => requireSensorLimits("pump", wrong as SensorLimitsByTag, machineTags)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(shows) }),
    );
  });
});
