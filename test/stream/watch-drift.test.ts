import { from, lastValueFrom, toArray } from "rxjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { DriftEvent } from "../../src/core/drift-event.ts";
import type { Frame, FrameWindow } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import { createRandom } from "../../src/math/random.ts";
import { copyWindow, createSlidingFrames } from "../../src/math/sliding-frames.ts";
import type { Model } from "../../src/model/model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { scoreWindows } from "../../src/stream/score-windows.ts";
import { type WatchDriftOptions, watchDrift } from "../../src/stream/watch-drift.ts";
import { machineTags } from "../machine-frames.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONDAY_MS = 1_700_438_400_000;
const [CURRENT, TEMPERATURE] = [0, 2];

type Change = (values: Float64Array, timeMs: number) => void;

/** A machine whose load follows shifts, no two days alike: by day higher than by night, and less at the weekend. */
function plantFrames(fromDay: number, days: number, seed: number, change: Change = () => {}) {
  const random = createRandom(seed);
  let ambient = 0;
  let busy = 1;
  return Array.from({ length: days * 1440 }, (_, minute): Frame => {
    const day = fromDay + Math.floor(minute / 1440);
    const hour = (minute / 60) % 24;
    if (minute % 1440 === 0) busy = (day % 7 < 5 ? 1 : 0.4) * (0.8 + 0.4 * random.uniform());
    const shift = busy / (1 + Math.exp(-2 * (hour - 6))) / (1 + Math.exp(2 * (hour - 20)));
    const load = shift + 0.2 * Math.sin(minute / 4) + 0.05 * random.normal();
    ambient += (random.normal() - ambient) / 60;
    const noise = (): number => 0.2 * random.normal();
    const values = Float64Array.of(
      20 + 5 * load + noise(),
      5 - load + 0.2 * noise(),
      60 + 3 * load + ambient + noise(),
    );
    const timeMs = MONDAY_MS + fromDay * DAY_MS + minute * MINUTE_MS;
    change(values, timeMs);
    return { timeMs, periodMs: MINUTE_MS, values, agesMs: new Float64Array(3) };
  });
}

let model: Model;
beforeAll(async () => {
  model = await trainModel(plantFrames(-7, 7, 1), {
    ...{ name: "plant", tags: machineTags, maxEpochs: 5 },
  });
  return () => model.close();
}, 60_000);

interface Watched {
  readonly events: readonly DriftEvent[];
  /** Share of the windows that were anomalous. */
  readonly anomalous: number;
}

/** Scores frames as a gateway would, and watches for drift. */
async function watch(
  frames: readonly Frame[],
  options: Partial<WatchDriftOptions> = {},
): Promise<Watched> {
  const { card, identity } = model;
  const sliding = createSlidingFrames(card.windowLength, card.tags.length, card.stride);
  const drift = watchDrift({ gateway: "g", machine: "m", model: identity, card, ...options });
  const windows = frames.flatMap((frame) => {
    const window = sliding.push(frame);
    return window ? [copyWindow(window)] : [];
  });
  const events: DriftEvent[] = [];
  const onScored = (score: Score, window: FrameWindow): void => {
    const event = drift.scored(score, window);
    if (event) events.push(event);
  };
  const scored = from(windows).pipe(scoreWindows(model, { onScored }), toArray());
  const scores = await lastValueFrom(scored);
  const anomalous = scores.filter(({ verdict }) => verdict === "anomalous").length / scores.length;
  return { events, anomalous };
}

const spreadOf = (tag: number): number => model.card.normalizer.scale[tag] as number;
const hoursAfter = (timeMs: number, eventMs: number): number => (eventMs - timeMs) / HOUR_MS;
const fromDay =
  (day: number, change: Change): Change =>
  (values, timeMs) => {
    if (timeMs >= MONDAY_MS + day * DAY_MS) change(values, timeMs);
  };
const warmer =
  (by: number): Change =>
  (values) => {
    values[TEMPERATURE] = (values[TEMPERATURE] as number) + by * spreadOf(TEMPERATURE);
  };

describe("a machine as it was in training", () => {
  it("does not drift in two weeks whose days and weekends differ in load", async () => {
    const { events } = await watch(plantFrames(0, 14, 2));
    expect(events).toEqual([]);
  });

  it("does not drift when it stays at its highest load for days", async () => {
    const full = fromDay(1, (values) => {
      const load = ((values[CURRENT] as number) - 20) / 5;
      const more = 1 - load;
      values.set([
        25 + 0.05 * load,
        (values[1] as number) - more,
        (values[2] as number) + 3 * more,
      ]);
    });
    const { events } = await watch(plantFrames(0, 4, 3, full));
    expect(events).toEqual([]);
  });

  it("does not drift for an incident of some hours, however wild", async () => {
    const wild: Change = (values, timeMs) => {
      const hours = (timeMs - MONDAY_MS) / HOUR_MS;
      if (hours > 30 && hours < 36) values[TEMPERATURE] = 500;
    };
    const { events, anomalous } = await watch(plantFrames(0, 3, 4, wild));
    expect(anomalous).toBeGreaterThan(0.05);
    expect(events).toEqual([]);
  });

  it("does not drift while a tag is unknown", async () => {
    const gone = fromDay(1, (values) => values.fill(Number.NaN, TEMPERATURE));
    const { events } = await watch(plantFrames(0, 4, 5, gone));
    expect(events).toEqual([]);
  });
});

describe("a machine that has become another one", () => {
  it.each([3, -3])("is found within a day when a level moved by %d spreads at once", async (by) => {
    const { events } = await watch(plantFrames(0, 4, 6, fromDay(2, warmer(by))));
    const [opened, ...more] = events;
    expect(more).toEqual([]);
    expect(opened).toMatchObject({
      ...{ kind: "drift", phase: "opened", revision: 0, gateway: "g", machine: "m" },
      model: model.identity,
      advice: expect.stringContaining("temperature moved"),
    });
    expect(opened?.tags.map(({ tag }) => tag)).toEqual(["temperature"]);
    expect(Math.sign(opened?.tags[0]?.shift ?? 0)).toBe(Math.sign(by));
    const hours = hoursAfter(MONDAY_MS + 2 * DAY_MS, opened?.endMs ?? 0);
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThan(24);
  });

  it("is found when a level creeps away, while most windows are normal", async () => {
    const creeping: Change = (values, timeMs) =>
      warmer((timeMs - MONDAY_MS) / DAY_MS / 7)(values, timeMs);
    const { events, anomalous } = await watch(plantFrames(0, 2, 7, creeping));
    expect(anomalous).toBeLessThan(0.5);
    expect(events.map(({ phase }) => phase)).toEqual(["opened"]);
    expect(events[0]?.tags.map(({ tag }) => tag)).toEqual(["temperature"]);
    expect(events[0]?.scoreShift).toBeGreaterThan(1.5);
  });

  it("is found within a day when a tag got three times as noisy", async () => {
    const random = createRandom(8);
    const noisy = fromDay(2, (values) => {
      values[CURRENT] = (values[CURRENT] as number) + 0.6 * Math.sqrt(8 / 9) * random.normal() * 3;
    });
    const { events } = await watch(plantFrames(0, 4, 8, noisy));
    expect(events).toHaveLength(1);
    expect(events[0]?.tags[0]?.tag).toBe("current");
    expect(events[0]?.tags[0]?.spread).toBeGreaterThan(2);
    expect(hoursAfter(MONDAY_MS + 2 * DAY_MS, events[0]?.endMs ?? 0)).toBeLessThan(24);
  });

  it("is closed under the same id when it comes back, and not before", async () => {
    const away: Change = (values, timeMs) => {
      const day = (timeMs - MONDAY_MS) / DAY_MS;
      if (day >= 2 && day < 4) warmer(3)(values, timeMs);
    };
    const { events } = await watch(plantFrames(0, 7, 9, away));
    expect(events.map(({ phase, revision }) => [phase, revision])).toEqual([
      ["opened", 0],
      ["closed", 1],
    ]);
    const [opened, closed] = events as [DriftEvent, DriftEvent];
    expect([closed.id, closed.startMs]).toEqual([opened.id, opened.startMs]);
    expect(closed.endMs).toBeGreaterThan(MONDAY_MS + 4 * DAY_MS);
    expect(closed.tags.map(({ tag }) => tag)).toEqual(["temperature"]);
    expect(Math.abs(closed.tags[0]?.shift ?? 9)).toBeLessThan(0.75);
  });
});

describe("after a restart", () => {
  const moved = (): readonly Frame[] => plantFrames(0, 4, 10, fromDay(0, warmer(3)));

  it("the same windows make the same event", async () => {
    const [first, second] = [await watch(moved()), await watch(moved())];
    expect(first.events).toHaveLength(1);
    expect(second.events).toEqual(first.events);
  });

  it("an open drift goes on without a word, and is closed under its id", async () => {
    const [resume] = (await watch(moved())).events;
    const before = await watch(moved(), { resume: resume as DriftEvent });
    expect(before.events).toEqual([]);
    const back = await watch(plantFrames(0, 3, 11), { resume: resume as DriftEvent });
    expect(back.events).toMatchObject([{ id: resume?.id, phase: "closed", revision: 1 }]);
  });

  it("a drift of a model that is no longer in use is closed at once", async () => {
    const [resume] = (await watch(moved())).events as [DriftEvent];
    const old = { ...resume, model: { ...resume.model, sha256: "f".repeat(64) } };
    const { events } = await watch(plantFrames(0, 3, 11), { resume: old });
    expect(events).toMatchObject([{ id: old.id, phase: "closed", model: old.model }]);
    expect(events[0]?.endMs).toBeLessThan(MONDAY_MS + HOUR_MS);
  });
});

describe("options", () => {
  const start = (options: object) => () =>
    watchDrift({ gateway: "g", machine: "m", model: model.identity, card: model.card, ...options });

  it.each([
    [{ stretchMs: 0 }, "watchDrift: stretchMs must be a number above zero, got 0"],
    [{ tags: ["a"] }, "watchDrift: tags must be one for each of the model's 3 tags, got 1"],
    [{ gateway: "" }, "watchDrift: gateway must be given, got "],
    [{ strech: 1 }, 'watchDrift: there is no option "strech"'],
  ])("%j is refused", (options, message) => {
    expect(start(options)).toThrow(message);
  });

  it("tags are called what the sources call them", async () => {
    const tags = ["I1", "P1", "T1"];
    const { events } = await watch(plantFrames(0, 3, 10, warmer(3)), { tags });
    expect(events[0]?.tags[0]?.tag).toBe("T1");
  });
});
