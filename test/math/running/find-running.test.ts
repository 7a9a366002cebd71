import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { type FoundRunning, findRunning } from "../../../src/math/running/find-running.ts";
import { runningRows } from "../../../src/math/running/running-gate.ts";
import {
  joinTraces,
  type MachineTrace,
  madeTrace,
  type SkidPlan,
  skidTrace,
  start,
  stop,
} from "./stopping-machine.ts";

const PERIOD_MS = 1_000;
const MINUTE = 60;

const find = ({ values, tags }: MachineTrace) => findRunning(values, tags, PERIOD_MS);

/** Whether each row is one to learn from and to judge. */
function marks({ values, tags }: MachineTrace, rule: FoundRunning): Uint8Array {
  return runningRows(rule, tags, values, PERIOD_MS);
}

/** Two shifts with a rest between them. */
const twoShifts = skidTrace([
  [start, 25 * MINUTE],
  [stop, 10 * MINUTE],
  [start, 25 * MINUTE],
]);

describe("a machine that stops", () => {
  it("is found out from its trace, and what speaks for it is said", () => {
    const found = find(twoShifts) as FoundRunning;
    expect(found.expression).toContain("motorCurrent > 6");
    expect(found.why).toMatch(
      /^off for 16\.\d % of the training trace, in one stretch, with \d+ of 11 other tags still/,
    );
    const isJudged = marks(twoShifts, found);
    expect(isJudged.subarray(25 * MINUTE + 5, 35 * MINUTE).includes(1)).toBe(false);
    expect(isJudged.at(25 * MINUTE - 1)).toBe(1);
    expect(isJudged.at(-1)).toBe(1);
  });

  it("settles until the bearings are warm, and not for ever", () => {
    const { settleMs } = find(twoShifts) as FoundRunning;
    // Time constants of 45 s and 90 s: within 5 % after three of them.
    expect(settleMs).toBeGreaterThan(2 * MINUTE * 1_000);
    expect(settleMs).toBeLessThan(9 * MINUTE * 1_000);
  });

  it("is not taken for off because of a single tag: a pump that delivers nothing is a fault, not a rest", () => {
    const { expression, ...rule } = find(twoShifts) as FoundRunning;
    expect(expression).toMatch(/^\w+ > \S+ or \w+ > \S+$/);
    for (const [tag, { name }] of twoShifts.tags.entries()) {
      const broken = twoShifts.values.map((value, cell) =>
        cell % twoShifts.tags.length === tag ? 0 : value,
      );
      const isJudged = marks({ ...twoShifts, values: broken }, { expression, ...rule });
      expect(isJudged.at(-1), name).toBe(1);
    }
  });

  it("may be off for most of the time, at first, or once for five minutes in an hour", () => {
    const plans: SkidPlan[] = [
      [
        [stop, 30 * MINUTE],
        [start, 15 * MINUTE],
        [stop, 30 * MINUTE],
        [start, 15 * MINUTE],
      ],
      [
        [stop, 5 * MINUTE],
        [start, 20 * MINUTE],
      ],
      [
        [start, 60 * MINUTE],
        [stop, 5 * MINUTE],
        [start, 10 * MINUTE],
      ],
    ];
    for (const plan of plans) expect(find(skidTrace(plan))).toBeDefined();
  });

  it("is believed by its running bit alone, where it has one", () => {
    const isOn = (second: number) => (second < 25 * MINUTE || second >= 35 * MINUTE ? 1 : 0);
    const bit = madeTrace(60 * MINUTE, (second) => ({ "pump running": isOn(second) }));
    const found = find(joinTraces(bit, twoShifts));
    expect(found?.expression).toBe('"pump running" > 0.5');
  });

  it("is found by what stops, however many temperatures it has that take their time", () => {
    const hour = 60 * MINUTE;
    const machine = madeTrace(3 * hour, (second, noise) => {
      const since = second % hour;
      const isOn = since < 40 * MINUTE ? 1 : 0;
      const warmth = isOn ? 1 - Math.exp(-since / 300) : Math.exp(-(since - 40 * MINUTE) / 300);
      const load = Math.sin(second / 30);
      const temperatures = Array.from({ length: 12 }, (_, place) => [
        `temperature ${place}`,
        25 + (20 + place) * warmth + 0.1 * noise(),
      ]);
      return {
        speed: isOn * (1_480 + 30 * load + noise()),
        current: isOn * (12 + load) + 0.02 * noise(),
        vibration: isOn * (2 + 0.2 * load) + 0.03 * noise(),
        ...Object.fromEntries(temperatures),
      };
    });
    expect(find(machine)?.expression).toMatch(/^(speed|current|vibration) > \S+ or (?!temp)/);
  });

  it("is found with holes and wild values in the trace", () => {
    const { tags, values } = twoShifts;
    const random = createRandom(5);
    const spoilt = values.map((value) => {
      const luck = random.uniform();
      return luck < 0.02 ? Number.NaN : luck < 0.03 ? 3 * value : value;
    });
    expect(find({ tags, values: spoilt })?.expression).toContain("motorCurrent > 6");
  });
});

describe("a machine that is never off", () => {
  it.each([1, 2, 3])("is not said to be (pump skid, seed %i)", (seed) => {
    expect(find(skidTrace([[start, 20 * MINUTE]], seed))).toBeUndefined();
  });

  it("is not because it was broken for a while", () => {
    const kinds = ["cavitation", "seal-leak", "filter-clogging", "valve-stuck"] as const;
    for (const kind of kinds) {
      const trace = skidTrace([
        [start, 10 * MINUTE],
        [(skid) => skid.inject(kind, 3), 5 * MINUTE],
        [(skid) => skid.clear(kind), 5 * MINUTE],
      ]);
      expect(find(trace), kind).toBeUndefined();
    }
  });

  it("is not because a heater switches", () => {
    const heater = madeTrace(60 * MINUTE, (second, noise) => {
      const isOn = second % (10 * MINUTE) < 5 * MINUTE ? 1 : 0;
      const swing = Math.abs((second % (10 * MINUTE)) / MINUTE - 5);
      return {
        heater: isOn,
        heaterCurrent: 12 * isOn + 0.05 * noise(),
        oilTemperature: 45 - swing + 0.1 * noise(),
      };
    });
    expect(find(heater)).toBeUndefined();
    expect(find(joinTraces(heater, skidTrace([[start, 60 * MINUTE]])))).toBeUndefined();
  });

  it("is not because a valve is closed and nothing flows", () => {
    const trace = madeTrace(60 * MINUTE, (second, noise) => {
      const isOpen = second % (20 * MINUTE) < 15 * MINUTE ? 1 : 0;
      const load = Math.sin(second / 20);
      return {
        valve: isOpen,
        flow: isOpen * (40 + 5 * load) + 0.2 * noise(),
        speed: 2_900 - 20 * isOpen * load + 5 * noise(),
        current: 8 + isOpen * (4 + load) + 0.1 * noise(),
        vibration: 2 + 0.1 * isOpen + 0.1 * noise(),
        temperature: 60 + Math.sin(second / 700) + 0.1 * noise(),
      };
    });
    expect(find(trace)).toBeUndefined();
  });

  it("is not because a compressor idles between its loads", () => {
    const trace = madeTrace(60 * MINUTE, (second, noise) => {
      const isLoaded = second % (4 * MINUTE) < 150 ? 1 : 0;
      return {
        loadValve: isLoaded,
        delivery: isLoaded * (12 + Math.sin(second / 7)) + 0.05 * noise(),
        current: 22 + isLoaded * (25 + 2 * Math.sin(second / 7)) + 0.3 * noise(),
        speed: 2_960 - 20 * isLoaded + 2 * noise(),
        oilPressure: 2.5 + 2 * isLoaded + 0.02 * noise(),
        vibration: 1.5 + isLoaded * (1.2 + 0.3 * Math.sin(second / 7)) + 0.08 * noise(),
        netPressure: 7 + 0.3 * Math.sin((2 * Math.PI * second) / (4 * MINUTE)) + 0.01 * noise(),
      };
    });
    expect(find(trace)).toBeUndefined();
  });

  it("is not because it stops for half a minute in every cycle", () => {
    const plan = Array.from({ length: 30 }, (_, cycle) =>
      cycle % 2 === 0 ? ([start, 90] as const) : ([stop, 30] as const),
    );
    expect(find(skidTrace(plan))).toBeUndefined();
  });

  it("is not because one thing of several rests", () => {
    const spindle = madeTrace(60 * MINUTE, (second, noise) => {
      const isTurning = second % (20 * MINUTE) < 12 * MINUTE ? 1 : 0;
      return {
        spindleSpeed: isTurning * 3_000 + noise(),
        spindleLoad: isTurning * (30 + 5 * Math.sin(second / 9)) + 0.1 * noise(),
        coolantFlow: 20 + Math.sin(second / 30) + 0.3 * noise(),
        hydraulicPressure: 120 + 4 * Math.sin(second / 11) + noise(),
        chillerCurrent: 9 + 2 * Math.sin(second / 80) + 0.1 * noise(),
        lubricantLevel: 60 + 5 * Math.sin(second / 300) + 0.1 * noise(),
      };
    });
    expect(find(spindle)).toBeUndefined();
  });

  it("is not where there is too little to tell by", () => {
    const lonely = madeTrace(60 * MINUTE, (second) => ({ power: second < 1_800 ? 0 : 5 }));
    expect(find(lonely)).toBeUndefined();
    const tags = [{ name: "a" }, { name: "b" }];
    expect(find({ tags, values: new Float64Array() })).toBeUndefined();
    expect(find({ tags, values: new Float64Array(2_000).fill(Number.NaN) })).toBeUndefined();
    expect(find({ tags, values: new Float64Array(2_000) })).toBeUndefined();
  });
});
