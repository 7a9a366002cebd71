import { from, lastValueFrom, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";
import type { Score } from "../../src/core/score.ts";
import { type TrackEventsOptions, trackEvents } from "../../src/stream/track-events.ts";
import { marbles } from "../marbles.ts";

const THRESHOLD = 4;
const options: TrackEventsOptions = {
  gateway: "plant-7",
  machine: "pump-1",
  model: { name: "pump", version: "1", sha256: "abc" },
  onDelayMs: 2,
  offDelayMs: 2,
  deadband: 1,
};

const unjudged = { "?": "insufficient-data", off: "not-running" } as const;

const score = (endMs: number, value: number | keyof typeof unjudged): Score => ({
  endMs,
  value: typeof value === "number" ? value : Number.NaN,
  threshold: THRESHOLD,
  verdict:
    typeof value === "string" ? unjudged[value] : value >= THRESHOLD ? "anomalous" : "normal",
  coverage: 1,
  contributions: [
    { tag: "current", share: 0.2, actual: 1, expected: 1 },
    { tag: "vibration", share: 0.8, actual: 9, expected: 1 },
  ],
});

/** Scores one millisecond apart; `?` is a window with insufficient data, `off` one of a machine that does not run. */
const track = (
  values: readonly (number | keyof typeof unjudged)[],
  overrides: Partial<TrackEventsOptions> = {},
): Promise<AnomalyEvent[]> =>
  lastValueFrom(
    from(values.map((value, at) => score(at, value))).pipe(
      trackEvents({ ...options, ...overrides }),
      toArray(),
    ),
  );
const told = (events: readonly AnomalyEvent[]): (string | number)[][] =>
  events.map(({ phase, startMs, endMs }) => [phase, startMs, endMs]);

describe("trackEvents", () => {
  it("opens after the on-delay, with the start of the incident, and closes after the off-delay, with its end", async () => {
    expect(told(await track([0, 5, 5, 5, 5, 0, 0, 0, 0]))).toEqual([
      ["opened", 1, 3],
      ["closed", 1, 4],
    ]);
  });

  it("takes one normal window during the on-delay for the end of a false start", async () => {
    expect(await track([5, 5, 0, 5, 5, 0])).toEqual([]);
  });

  it("stays open while the score is within the deadband, or comes back during the off-delay", async () => {
    expect(told(await track([5, 5, 5, 3.5, 3.5, 3.5, 3.5]))).toEqual([["opened", 0, 2]]);
    expect(told(await track([5, 5, 5, 0, 0, 5, 0, 0]))).toEqual([["opened", 0, 2]]);
  });

  it("neither opens nor closes on windows with insufficient data", async () => {
    expect(told(await track([5, "?", "?", "?"]))).toEqual([]);
    expect(told(await track([5, 5, 5, "?", "?", "?", "?"]))).toEqual([["opened", 0, 2]]);
  });

  it("opens nothing for a machine that does not run", async () => {
    expect(await track([0, "off", "off", "off", 0])).toEqual([]);
    expect(await track([5, 5, "off", 5, 5, "off"])).toEqual([]);
  });

  it("closes what was open once the machine has stood still for the off-delay: no event stays open all weekend", async () => {
    const events = await track([5, 5, 5, 5, "off", "off", "off", "off", "off"]);
    expect(told(events)).toEqual([
      ["opened", 0, 2],
      ["closed", 0, 3],
    ]);
    expect(events.at(-1)?.score).toBe(5);
  });

  it("goes on with an event when the machine stood still for less than the off-delay", async () => {
    expect(told(await track([5, 5, 5, "off", "off", 5, 5]))).toEqual([["opened", 0, 2]]);
  });

  it("takes a gap for no evidence: delays begin anew behind it", async () => {
    expect(told(await track([0, 5, ...new Array<"?">(20).fill("?"), 5, 5]))).toEqual([]);
    expect(told(await track([0, 5, ...new Array<"?">(20).fill("?"), 5, 5, 5]))).toEqual([
      ["opened", 22, 24],
    ]);
    const reopened = await track([5, 5, 5, 0, ...new Array<"?">(20).fill("?"), 0, 0]);
    expect(told(reopened)).toEqual([["opened", 0, 2]]);
  });

  it("says that it got worse, not more often than asked", async () => {
    const events = await track([5, 5, 5, 6, 7, 8, 9, 5, 5], { updateMs: 3 });
    expect(
      events.map(({ phase, score: peak, peakMs, revision }) => [phase, peak, peakMs, revision]),
    ).toEqual([
      ["opened", 5, 0, 0],
      ["updated", 8, 5, 1],
      ["updated", 9, 6, 2],
    ]);
  });

  it("names the tags of the worst window, largest share first, and how severe it is", async () => {
    const [opened] = await track([4, 6, 4]);
    expect(opened).toMatchObject({ peakMs: 1, score: 6, severity: 750, coverage: 1, readings: [] });
    expect(opened?.contributions.map(({ tag }) => tag)).toEqual(["vibration", "current"]);
  });

  it("gives an incident one id that depends on gateway, machine, model and start alone", async () => {
    const ids = async (values: readonly number[], overrides = {}): Promise<string[]> =>
      (await track(values, overrides)).map(({ id }) => id);
    const incident = [0, 5, 5, 5, 0, 0, 0];
    const [id, closing] = await ids(incident);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(closing).toBe(id);
    expect(await ids([0, 9, 9, 9])).toEqual([id]);
    expect(await ids([5, 5, 5])).not.toContain(id);
    for (const other of [
      { gateway: "x" },
      { machine: "x" },
      { model: { ...options.model, sha256: "x" } },
    ]) {
      expect(await ids(incident, other)).not.toContain(id);
    }
  });

  it("goes on with an incident that was open when the gateway went down", async () => {
    const [opened] = await track([5, 5, 5]);
    const events = await track([0, 0, 0], { resume: opened as AnomalyEvent });
    expect(events).toMatchObject([
      { id: opened?.id, phase: "closed", startMs: 0, endMs: 2, revision: 1 },
    ]);
  });

  it(
    "gives every subscriber an incident of its own",
    marbles(({ cold, expectObservable }) => {
      const scores = { a: score(0, 5), b: score(1, 5), c: score(2, 5) };
      const phases = cold("abc|", scores).pipe(trackEvents(options));
      const opened = expect.objectContaining({ phase: "opened", startMs: 0 });
      expectObservable(phases).toBe("--o|", { o: opened });
      expectObservable(phases).toBe("--o|", { o: opened });
    }),
  );

  it.each(["gateway", "machine", "model"])("refuses to go without %s", (option) => {
    expect(() => trackEvents({ ...options, [option]: undefined })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: `trackEvents: ${option} must be given, got undefined`,
      }),
    );
  });

  it.each(["onDelayMs", "offDelayMs", "deadband", "updateMs"])(
    "refuses a negative %s",
    (option) => {
      expect(() => trackEvents({ ...options, [option]: -1 })).toThrow(
        expect.objectContaining({
          code: "CONFIG_INVALID",
          message: expect.stringContaining(option),
        }),
      );
    },
  );
});
