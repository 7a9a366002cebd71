import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectionQuality } from "../../../src/math/detection/detection-quality.ts";

const SECOND = 1000;

/** One row a second; `!` is an alarm, `.` is none, `?` was not judged. Labels: `#` is an anomaly. */
function run(alarms: string, labels: string) {
  const rows = [...alarms];
  return {
    timesMs: Float64Array.from(rows, (_, row) => row * SECOND),
    scores: Float64Array.from(rows, (sign) => (sign === "?" ? Number.NaN : +(sign === "!"))),
    alarms: Uint8Array.from(rows, (sign) => +(sign === "!")),
    labels: Uint8Array.from(labels, (sign) => +(sign === "#")),
  };
}

describe("detection quality", () => {
  it("counts events, and how late they were noticed", () => {
    const quality = detectionQuality(
      run(
        "....!....!!!!!......!!!!.............", //
        "..####...####....##...####......####.",
      ),
    );

    expect(quality).toMatchObject({ rows: 37, events: 5, detected: 3, eventRecall: 0.6 });
    // 2 s; 0 s; 0 s, because the alarm stood before the event
    expect(quality.delayMs).toEqual({ median: 0, p90: 1600 });
  });

  it("has no delay to tell when nothing was noticed", () => {
    const quality = detectionQuality(run("!!......", "....##.."));

    expect(quality).toMatchObject({ detected: 0, eventRecall: 0, falseAlarms: 1, f1: 0 });
    expect(quality.delayMs).toBeUndefined();
  });

  it("counts an alarm that flickers as one false alarm", () => {
    const flickering = run("!.!.!.........!..........!", "..........................");

    // gaps: 2 s, 2 s, 10 s, 11 s; ten steps are the first that is too long
    expect(detectionQuality(flickering).falseAlarms).toBe(3);
    expect(detectionQuality(flickering, { episodeGapMs: 10_001 }).falseAlarms).toBe(2);
    expect(detectionQuality(flickering, { episodeGapMs: 1 }).falseAlarms).toBe(5);
  });

  it("takes no alarm for false that begins before an event or outlasts it", () => {
    const quality = detectionQuality(run("..!!!!!!!!..", ".....##....."));

    expect(quality.falseAlarms).toBe(0);
    expect(quality.normalShareInAlarm).toBeCloseTo(6 / 10);
  });

  it("takes an alarm for false that flickers around an event without ever touching it", () => {
    const quality = detectionQuality(run("..!..!..", "...##..."));

    expect(quality).toMatchObject({ falseAlarms: 1, detected: 0 });
  });

  it("counts false alarms for each day of normal time that was judged", () => {
    const day = run(`!${"?".repeat(43_200)}${".".repeat(43_199)}`, ".".repeat(86_400));

    expect(detectionQuality(day)).toMatchObject({ falseAlarms: 1, falseAlarmsPerDay: 2 });
  });

  it("counts rows as the published protocols do", () => {
    // 2 true, 3 false alarms, 2 missed, 5 quiet
    const quality = detectionQuality(run("!!.!..!!..??", "....##!!....".replaceAll("!", "#")));

    expect(quality.f1).toBeCloseTo(2 / (2 + 2.5));
    expect(quality.falseAlarmRate).toBeCloseTo(3 / 8);
    expect(quality.missedAlarmRate).toBeCloseTo(2 / 4);
    expect(quality.precision).toBeCloseTo(2 / 5);
    expect(quality.normalShareInAlarm).toBeCloseTo(3 / 6);
  });

  it("never counts a whole event for one row of alarm (point adjustment)", () => {
    const quality = detectionQuality(run("......!...", "..########"));

    expect(quality.eventRecall).toBe(1);
    expect(quality.f1).toBeCloseTo(1 / (1 + 3.5));
    expect(quality.missedAlarmRate).toBeCloseTo(7 / 8);
  });

  it("says that it cannot tell where a recording has no events", () => {
    const quality = detectionQuality(run("....", "...."));

    expect(quality).toMatchObject({ events: 0, falseAlarms: 0, falseAlarmRate: 0 });
    for (const unknown of ["eventRecall", "missedAlarmRate", "aucRoc", "vusPr"] as const) {
      expect(quality[unknown]).toBeNaN();
    }
  });

  it("is perfect for a method that says what people say", () => {
    expect(detectionQuality(run("..!!...!..", "..##...#.."), { toleranceRows: 0 })).toMatchObject({
      eventRecall: 1,
      falseAlarms: 0,
      f1: 1,
      falseAlarmRate: 0,
      missedAlarmRate: 0,
      precision: 1,
      aucRoc: 1,
      vusPr: 1,
    });
  });

  it("never finds fewer events for more alarms", () => {
    const rows = fc.array(fc.record({ label: fc.nat(1), alarm: fc.nat(1), more: fc.nat(1) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, (drawn) => {
        const labels = drawn.map(({ label }) => (label === 1 ? "#" : ".")).join("");
        const some = drawn.map(({ alarm }) => (alarm === 1 ? "!" : ".")).join("");
        const most = drawn.map(({ alarm, more }) => (alarm + more > 0 ? "!" : ".")).join("");
        const [few, many] = [
          detectionQuality(run(some, labels)),
          detectionQuality(run(most, labels)),
        ];

        expect(many.detected).toBeGreaterThanOrEqual(few.detected);
        expect(few.detected).toBeLessThanOrEqual(few.events);
      }),
    );
  });

  it("refuses columns of different lengths", () => {
    expect(() => detectionQuality({ ...run("..", ".."), labels: new Uint8Array(3) })).toThrow(
      "equally many, got 2, 2, 2, 3",
    );
  });
});
