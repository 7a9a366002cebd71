import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import {
  CURRENT,
  detect,
  PRESSURE,
  repeat,
  smooth,
  TEMPERATURE,
  withoutReadings,
  withSensor,
} from "../sensor-frames.ts";

const normal = machineFrames(400, { seed: 7 });
const rows = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, row) => from + row);

describe("a sensor of a machine", () => {
  it("that does what it did in training is believed, for hours", () => {
    expect(detect(machineFrames(20_000, { seed: 3 }))).toEqual({
      messages: [],
      said: [],
      masked: [[], [], []],
    });
  });

  it("that is stuck (constant metric) is a fault, and none when it moves again for a while", () => {
    const stuck = withSensor(normal, PRESSURE, [100, 200], repeat(normal, PRESSURE, 99));
    const { messages, said, masked } = detect(stuck);
    expect(said).toEqual(["110 opened pressure stuck", "209 closed pressure stuck"]);
    expect(messages[0]).toMatchObject({
      revision: 0,
      startMs: normal[99]?.timeMs,
      endMs: normal[110]?.timeMs,
      value: normal[99]?.values[PRESSURE],
      observed: 11_000,
      limit: 10_000,
    });
    expect(messages[1]).toMatchObject({ revision: 1, endMs: normal[199]?.timeMs });
    expect(masked).toEqual([[], rows(102, 209), []]);
  });

  it("whose wire is broken reads what cannot be, and is a fault", () => {
    const broken = withSensor(normal, CURRENT, [100, 130], () => -12.5);
    const { messages, said, masked } = detect(broken);
    expect(said).toEqual(["103 opened current out-of-range", "139 closed current out-of-range"]);
    expect(messages[0]).toMatchObject({ value: -12.5, observed: -12.5, limit: -1.25 });
    expect(masked[CURRENT]?.slice(0, 2)).toEqual([100, 101]);
  });

  it("may read a little beyond its range: no instrument is perfect", () => {
    const beyond = withSensor(normal, PRESSURE, [100, 300], (value) => 10.05 + 0.01 * value);
    expect(detect(beyond).said).toEqual([]);
  });

  it("that is out of range for a moment is not believed then, and nothing else", () => {
    const odd = withSensor(normal, CURRENT, [100, 102], () => 3_276.7);
    expect(detect(odd, { limits: { current: { maxRatePerS: 1e6 } } })).toMatchObject({
      said: [],
      masked: [[100, 101], [], []],
    });
  });

  it("that spikes is a fault, and its tip is told", () => {
    const spike = withSensor(normal, TEMPERATURE, [100, 102], (value) => value + 40);
    const { messages, said, masked } = detect(spike);
    expect(said).toEqual(["112 opened temperature spike", "172 closed temperature spike"]);
    expect(messages[0]).toMatchObject({ startMs: normal[100]?.timeMs, endMs: normal[101]?.timeMs });
    expect(messages[0]?.observed).toBeGreaterThan(messages[0]?.limit ?? Infinity);
    expect(messages[0]?.value).toBeGreaterThan(95);
    expect(masked).toEqual([[], [], [100, 101]]);
  });

  it("that spikes again and again has one fault, not one per spike", () => {
    const frames = [100, 140, 180, 220].reduce(
      (spiked, row) => withSensor(spiked, TEMPERATURE, [row, row + 1], (value) => value - 45),
      normal,
    );
    const { said, masked } = detect(frames);
    expect(said).toEqual(["111 opened temperature spike", "291 closed temperature spike"]);
    expect(masked[TEMPERATURE]).toEqual([100, 140, 180, 220]);
  });

  it("that leaps faster than it can is a fault for as long as it could not have got there", () => {
    const leapt = withSensor(normal, TEMPERATURE, [100, 300], (value) => value + 30);
    const { messages, said } = detect(leapt, { limits: { temperature: { maxRatePerS: 1 } } });
    expect(said[0]).toBe("103 opened temperature rate");
    expect(messages[0]?.startMs).toBe(normal[100]?.timeMs);
    // 30 degrees at a degree per second, give or take the load; and the off-delay.
    expect(messages[1]?.row).toBeGreaterThan(125);
    expect(messages[1]?.row).toBeLessThan(150);
  });

  it("that leaps and comes back before the rate counts as broken is a spike", () => {
    const leapt = withSensor(normal, TEMPERATURE, [100, 103], (value) => value + 30);
    const { said } = detect(leapt, { limits: { temperature: { maxRatePerS: 1 } } });
    expect(said[0]).toBe("103 opened temperature spike");
  });

  it("that has lost its noise though it drifts (frozen filter) is a fault", () => {
    const filtered = withSensor(normal, TEMPERATURE, [50, 300], (_, row) => smooth(row));
    const { messages, said } = detect(filtered);
    expect(said.map((line) => line.replace(/^\d+ /, ""))).toEqual([
      "opened temperature noise-gone",
      "closed temperature noise-gone",
    ]);
    expect(messages[0]?.row).toBeLessThan(240);
    expect(messages[0]?.observed).toBeLessThan(messages[0]?.limit ?? 0);
    expect(messages[1]?.row).toBeGreaterThan(300);
  });

  it("whose source says bad is a fault of its own kind, and one bad reading is none", () => {
    expect(detect(withoutReadings(normal, PRESSURE, [100, 105], true))).toMatchObject({
      said: [],
      masked: [[], rows(100, 105), []],
    });
    const { messages, said } = detect(withoutReadings(normal, PRESSURE, [100, 150], true));
    expect(said).toEqual(["110 opened pressure bad-quality", "159 closed pressure bad-quality"]);
    expect(messages[0]).toMatchObject({ value: Number.NaN, observed: 11_000, limit: 10_000 });
  });

  it("that is silent is a fault, and not when it is merely late", () => {
    expect(detect(withoutReadings(normal, PRESSURE, [100, 109])).said).toEqual([]);
    const { said, masked } = detect(withoutReadings(normal, PRESSURE, [100, 150]));
    expect(said).toEqual(["110 opened pressure silent", "159 closed pressure silent"]);
    expect(masked[PRESSURE]).toEqual(rows(110, 159));
  });

  it("was never heard of: a fault all the same", () => {
    expect(detect(withoutReadings(normal, PRESSURE, [0, 400])).said).toEqual([
      "10 opened pressure silent",
    ]);
  });

  it("has one open fault at a time; a spike gives way to a worse one", () => {
    const spiked = withSensor(normal, TEMPERATURE, [100, 101], (value) => value + 45);
    const stuck = withSensor(spiked, TEMPERATURE, [115, 200], repeat(normal, TEMPERATURE, 114));
    expect(detect(stuck).said.slice(0, 3)).toEqual([
      "111 opened temperature spike",
      "125 closed temperature spike",
      "125 opened temperature stuck",
    ]);
    const died = withoutReadings(stuck, TEMPERATURE, [150, 200], true);
    expect(detect(died).said).toEqual([
      ...detect(stuck).said.slice(0, 3),
      "210 closed temperature stuck",
    ]);
  });

  it("is seen again only after it has been right for a while: it does not flap", () => {
    const flapping = withSensor(normal, PRESSURE, [100, 300], (value, row) =>
      row % 20 < 15 ? 99 : value,
    );
    expect(detect(flapping).said).toEqual([
      "103 opened pressure out-of-range",
      "304 closed pressure out-of-range",
    ]);
  });
});

describe("a fault that was open when the gateway went down", () => {
  const stuck = withSensor(normal, PRESSURE, [100, 300], repeat(normal, PRESSURE, 99));
  const [opened] = detect(stuck).messages;

  it("goes on, and closes when the sensor is well again", () => {
    if (opened === undefined) throw new Error("no fault was opened");
    const { messages, masked } = detect(stuck.slice(150), {}, [opened]);
    expect(messages).toMatchObject([
      { phase: "closed", revision: 1, fault: "stuck", startMs: opened.startMs },
    ]);
    expect(masked[PRESSURE]).toEqual(rows(0, 159));
  });
});

describe("whatever comes", () => {
  const cell = fc.oneof(
    fc.double({ min: -100, max: 100 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 5, 5, 5),
  );
  const anyFrames = fc
    .array(
      fc.record({
        gap: fc.constantFrom(1, 1, 1, 1, 1, 2, 30),
        values: fc.array(cell, { minLength: 3, maxLength: 3 }),
        ages: fc.array(fc.constantFrom(0, 0, 0, 2_000), { minLength: 3, maxLength: 3 }),
        bad: fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 3, maxLength: 3 }),
        times: fc.constantFrom(1, 1, 5, 30),
      }),
      { maxLength: 40 },
    )
    .map((parts): Frame[] => {
      let timeMs = 0;
      return parts.flatMap(({ gap, values, ages, bad, times }) =>
        Array.from({ length: times }, () => {
          timeMs += gap * 1_000;
          return {
            timeMs,
            periodMs: 1_000,
            values: Float64Array.from(values),
            agesMs: Float64Array.from(ages),
            bad: Uint8Array.from(bad),
          };
        }),
      );
    });

  it("every tag opens, closes, opens, …; what is open is masked, but for spikes; times do not run backwards", () => {
    fc.assert(
      fc.property(anyFrames, (frames) => {
        const { messages, masked } = detect(frames);
        for (const [place, { name }] of machineTags.entries()) {
          const own = messages.filter(({ tag }) => tag === name);
          expect(own.map(({ phase }) => phase)).toEqual(
            own.map((_, index) => (index % 2 === 0 ? "opened" : "closed")),
          );
          own.forEach((message, index) => {
            expect(message.revision).toBe(index % 2);
            expect(message.startMs).toBeLessThanOrEqual(message.endMs);
            if (message.phase === "opened" && message.fault !== "spike") {
              const until = own[index + 1]?.row ?? frames.length;
              expect(masked[place]).toEqual(expect.arrayContaining(rows(message.row, until)));
            }
          });
        }
      }),
    );
  });

  it("the same frames give the same faults", () => {
    fc.assert(
      fc.property(anyFrames, (frames) => {
        expect(detect(frames)).toEqual(detect(frames));
      }),
    );
  });
});
