import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";
import {
  captureAll,
  type Minute,
  plainModel,
  START_MS,
  scoredMinutes,
} from "./captured-machine.ts";

const values = (...list: number[]): Minute[] => list.map((value) => ({ value }));
const minuteOf = (timeMs: number): number => (timeMs - START_MS) / 60_000;
const onlyEvents = { bytesPerDay: 0 };

describe("captures of an anomaly event", () => {
  it("are the window at its opening and the one with its highest score, certain and with its id", async () => {
    const scored = scoredMinutes(values(0, 5, 6, 5, 7, 9, 1, 1, 1, 0));
    const { captures, events, counts } = await captureAll(scored, onlyEvents);
    expect(events.map(({ phase }) => phase)).toEqual(["opened", "closed"]);
    expect(captures.map(({ endMs, score }) => [minuteOf(endMs), score])).toEqual([
      [3, 5],
      [5, 9],
    ]);
    for (const capture of captures) {
      expect(capture).toMatchObject({ reason: "event", inclusionProbability: 1 });
      expect(capture.eventId).toBe(events[0]?.id);
    }
    expect(counts).toMatchObject({ event: 2, random: 0, failed: 0, unknown: 0 });
  });

  it("are one when it was at its worst as it opened", async () => {
    const { captures } = await captureAll(scoredMinutes(values(5, 6, 9, 7, 1, 1, 1)), onlyEvents);
    expect(captures.map(({ endMs }) => minuteOf(endMs))).toEqual([2]);
  });

  it("come with each update while it gets worse", async () => {
    const rising = scoredMinutes(values(5, 5, 5, 6, 7, 8, 9, 10, 11, 1, 1, 1));
    const { captures, events } = await captureAll(rising, onlyEvents);
    expect(events.map(({ phase }) => phase)).toEqual(["opened", "updated", "updated", "closed"]);
    expect(captures.map(({ score }) => score)).toEqual([5, 8, 11]);
  });

  it("are none for what is over before the on-delay", async () => {
    const short = scoredMinutes(values(0, 9, 9, 0, 9, 9, 0));
    expect((await captureAll(short, onlyEvents)).captures).toEqual([]);
  });

  it("do not go back behind a gap, in which what had not become an event was forgotten", async () => {
    const scored = scoredMinutes(values(0, 0, 9, 0, 0, 0, 5, 6, 5, 1, 1, 1));
    const withGap = scored.filter(([{ endMs }]) => ![3, 4, 5].includes(minuteOf(endMs)));
    const { captures, counts } = await captureAll(withGap, onlyEvents);
    expect(captures.map(({ score }) => score)).toEqual([5, 6]);
    expect(counts.unknown).toBe(0);
  });

  it("go on after a restart, under the id of the event that was open", async () => {
    const before = await captureAll(scoredMinutes(values(5, 5, 6, 5)), onlyEvents);
    const resume = before.events.at(-1) as AnomalyEvent;
    const after = scoredMinutes(values(5, 5, 6, 5, 1, 8, 1, 1, 1, 1)).slice(4);
    const { captures, events } = await captureAll(after, { ...onlyEvents, resume });
    expect(events.map(({ phase }) => phase)).toEqual(["updated", "closed"]);
    expect(captures.map(({ score, eventId }) => [score, eventId])).toEqual([[8, resume.id]]);
  });

  it("count an event whose window was seen before a restart only", async () => {
    const before = await captureAll(scoredMinutes(values(5, 5, 9, 5)), onlyEvents);
    const resume = before.events.at(-1) as AnomalyEvent;
    const after = scoredMinutes(values(5, 5, 9, 5, 1, 1, 1, 1)).slice(4);
    const { captures, counts } = await captureAll(after, { ...onlyEvents, resume });
    expect(captures).toEqual([]);
    expect(counts.unknown).toBe(1);
  });
});

describe("captures of events and captures by lot", () => {
  const minute = fc.oneof(
    { weight: 5, arbitrary: fc.record({ value: fc.double({ min: -2, max: 9, noNaN: true }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        value: fc.double({ min: 3, max: 30, noNaN: true }),
        threshold: fc.constantFrom(4, 4, 4, 12),
      }),
    },
    fc.record({ value: fc.constant(20), mutedBy: fc.constant("a label") }),
    fc.constantFrom<Minute>({ value: Number.NaN }, { value: Number.NaN, verdict: "not-running" }),
  );
  const gaps = fc.array(fc.nat(), { maxLength: 3 });

  it("never hold a window twice, nor miss one that an event speaks of, whatever the scores do", async () => {
    const minutes = fc.array(minute, { minLength: 1, maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(minutes, gaps, async (all, cuts) => {
        const holes = new Set(
          cuts.flatMap((cut) => [0, 1, 2, 3, 4].map((step) => (cut % 150) + step)),
        );
        const scored = scoredMinutes(all).filter((_, place) => !holes.has(place));
        const { captures, events, counts } = await captureAll(scored, { bytesPerDay: 1e9 });
        const judged = scored.filter(([{ value }]) => !Number.isNaN(value));
        const spokenOf = new Set(
          events.map(({ phase, endMs, peakMs }) => (phase === "opened" ? endMs : peakMs)),
        );
        // The budget has room for all, so every window that was judged is captured: once, and certainly.
        expect(captures.map(({ endMs }) => endMs).sort((a, b) => a - b)).toEqual(
          judged.map(([{ endMs }]) => endMs),
        );
        for (const { endMs, reason, inclusionProbability } of captures) {
          expect(reason === "event").toBe(spokenOf.has(endMs));
          expect(inclusionProbability).toBe(1);
        }
        expect(counts.unknown).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("agree over the end of a slot: what was drawn and may still be an event's is held back until that is known", async () => {
    const model = plainModel({ eventRule: { onDelayMs: 0, offDelayMs: 60_000, deadband: 0 } });
    const steady = Array.from({ length: 50 }, () => ({ value: 1 }));
    const peak = [{ value: 6 }, { value: 9 }, { value: 8 }, { value: 7 }];
    const rest = Array.from({ length: 30 }, () => ({ value: 5 })); // open across the full hour
    const end = [{ value: 0 }, { value: 0 }, { value: 0 }];
    const { captures } = await captureAll(scoredMinutes([...steady, ...peak, ...rest, ...end]), {
      model,
      bytesPerDay: 1e9,
    });
    expect(captures.filter(({ score }) => score === 9)).toMatchObject([{ reason: "event" }]);
    expect(captures).toHaveLength(87);
  });
});
