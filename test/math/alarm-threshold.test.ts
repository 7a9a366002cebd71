import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { EpisodeCurve } from "../../src/math/alarm-episodes.ts";
import { alarmLevels, episodeCurve, episodePeaks } from "../../src/math/alarm-episodes.ts";
import type { AlarmThresholdOptions } from "../../src/math/alarm-threshold.ts";
import { alarmThreshold } from "../../src/math/alarm-threshold.ts";
import { createRandom } from "../../src/math/random.ts";

const DAY_S = 86_400;
const ONE_BLOCK = Uint32Array.of(0);

/** Scores of normal operation that resemble the one before (0.9), once a second. */
function normalScores(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let score = random.normal();
  return Float64Array.from({ length: count }, () => {
    score = 0.9 * score + Math.sqrt(1 - 0.9 ** 2) * random.normal();
    return score;
  });
}

const delays = { strideMs: 1000, onDelayWindows: 3, quietMs: 10_000 };
const record = (scores: Float64Array) => ({
  scores,
  blocks: ONE_BLOCK,
  onDelayWindows: 3,
  quietWindows: 10,
});
const perDay = (alarms: number, windows: number): number => (alarms / windows) * DAY_S;

const asked = (falseAlarmsPerDay: number): AlarmThresholdOptions => ({
  ...delays,
  falseAlarmsPerDay,
});

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

describe("threshold for a rate of false alarms", () => {
  const freshWindows = 1_000_000;
  let fresh: EpisodeCurve;

  beforeAll(() => {
    const given = record(normalScores(freshWindows, 1));
    fresh = episodeCurve(alarmLevels(given), given);
  }, 60_000);

  /** False alarms on fresh normal operation in place of one that was asked for. */
  function alarmsForOne(expected: number, windows: number, seed: number): number {
    const rate = perDay(expected, windows);
    const { threshold } = alarmThreshold(normalScores(windows, seed), ONE_BLOCK, asked(rate));
    const lower = fresh.thresholds.findIndex((level) => level < threshold);
    return perDay(fresh.counts[lower - 1] ?? 0, freshWindows) / rate;
  }

  const over200 = (expected: number, windows: number): number[] =>
    Array.from({ length: 200 }, (_, seed) => alarmsForOne(expected, windows, 1000 + seed));

  it("is kept on fresh data when the recording should show ten of them", () => {
    const ratios = over200(10, 4000);
    expect(middle(ratios)).toBeGreaterThan(1 / 2);
    expect(middle(ratios)).toBeLessThan(2);
    expect(ratios.filter((ratio) => ratio > 1 / 3 && ratio < 3).length).toBeGreaterThan(190);
  });

  it("is kept on fresh data when the recording should show one or two", () => {
    const ratios = over200(1.5, 4000);
    expect(middle(ratios)).toBeGreaterThan(1 / 3);
    expect(middle(ratios)).toBeLessThan(3);
  });

  it("is not passed tenfold when the recording is twenty times too short to show a single one", () => {
    const ratios = over200(0.05, 4000);
    expect(middle(ratios)).toBeLessThan(2);
    expect(ratios.filter((ratio) => ratio > 10).length).toBeLessThan(10);
  });

  it("is not passed tenfold after a recording of 400 windows either", () => {
    const ratios = over200(0.05, 400);
    expect(middle(ratios)).toBeLessThan(2);
    expect(ratios.filter((ratio) => ratio > 10).length).toBeLessThan(20);
  });
});

describe("alarm threshold", () => {
  it("says what it counted", () => {
    const found = alarmThreshold(normalScores(8 * 3600, 2), ONE_BLOCK, asked(30));
    expect(found.method).toBe("episodes");
    expect(found.observedDays).toBeCloseTo(1 / 3);
    expect(found.supportedPerDay).toBeCloseTo(15);
    expect(found.note).toBe(
      "the recording covers 8 hours; the threshold is the one that it exceeds no more than 30 times a day",
    );
  });

  it("says when a recording is too short for the rate asked for, and how far it went beyond", () => {
    const found = alarmThreshold(normalScores(8640, 3), ONE_BLOCK, asked(1 / 7));
    expect(found.method).toBe("tail");
    expect(found.note).toMatch(
      /^the recording covers 2\.4 hours and can show 50 false alarms a day or more; the rate of 0\.14 a day is extrapolated by a tail fit over 3\d episodes at lower levels$/,
    );
  });

  it("falls back on mean and spread where there are too few episodes, and says so", () => {
    const found = alarmThreshold(normalScores(120, 4), ONE_BLOCK, asked(1 / 7));
    expect(found.method).toBe("spread");
    expect(found.note).toMatch(
      /^the recording covers 2 minutes and can show 3600 false alarms a day or more; the rate of 0\.14 a day is out of its reach: \d episodes are too few for a tail fit, so the threshold is what 0\.01 % of independent scores exceed, by mean and spread of \d+$/,
    );
  });

  it("is higher the fewer independent scores it rests on", () => {
    const scores = normalScores(3000, 5);
    const held = scores.map((_, at) => scores[at - (at % 300)] as number);
    const spread = (given: Float64Array): number =>
      Math.sqrt(given.reduce((sum, score) => sum + score ** 2, 0) / given.length);
    const few = alarmThreshold(held, ONE_BLOCK, asked(1 / 7));
    const more = alarmThreshold(scores.subarray(0, 100), ONE_BLOCK, asked(1 / 7));
    expect([few.method, more.method]).toEqual(["spread", "spread"]);
    expect(few.threshold / spread(held)).toBeGreaterThan(3.5);
  });

  it("does not keep the machine in alarm for most of the time, however many alarms are allowed", () => {
    const scores = normalScores(4000, 6);
    const { threshold } = alarmThreshold(scores, ONE_BLOCK, asked(1e6));
    const levels = alarmLevels(record(scores)).filter((level) => level >= threshold);
    expect(levels.length / scores.length).toBeLessThan(0.025);
  });

  it("counts alarms, not rows: long rare alarms need no higher threshold than short ones", () => {
    // Ten times a score of 5, for one window or for fifty; and twice a score of 9.
    const withPeaks = (lasting: number): Float64Array => {
      const scores = normalScores(20_000, 7).map((score) => score / 4);
      for (let peak = 0; peak < 12; peak += 1) {
        scores.fill(peak < 10 ? 5 : 9, peak * 1500, peak * 1500 + lasting);
      }
      return scores;
    };
    const options = { ...asked(perDay(11, 20_000)), onDelayWindows: 1 };
    for (const lasting of [1, 50]) {
      const { threshold } = alarmThreshold(withPeaks(lasting), ONE_BLOCK, options);
      expect(threshold).toBeGreaterThan(5);
      expect(threshold).toBeLessThan(9);
    }
  });

  it("disregards spikes that are over before the on-delay", () => {
    const scores = normalScores(20_000, 8);
    const spiked = scores.slice();
    for (let at = 100; at < 20_000; at += 1000) spiked[at] = 50;
    const calm = alarmThreshold(scores, ONE_BLOCK, asked(100)).threshold;
    expect(alarmThreshold(spiked, ONE_BLOCK, asked(100)).threshold).toBeLessThan(calm + 0.2);
  });

  it("does not take windows that were not judged for time without alarms", () => {
    const scores = normalScores(20_000, 9).map((score, at) =>
      at % 2000 < 1000 ? score : Number.NaN,
    );
    const found = alarmThreshold(scores, ONE_BLOCK, asked(100));
    expect(found.observedDays).toBeCloseTo(10_000 / DAY_S);
  });

  it("never lies where the recording exceeds it more often than asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 10, max: 2000 }),
        fc.double({ min: 0.001, max: 30, noNaN: true }),
        (seed, windows, alarms) => {
          const scores = normalScores(windows, seed);
          const found = alarmThreshold(scores, ONE_BLOCK, asked(perDay(alarms, windows)));
          const given = record(scores);
          const peaks = episodePeaks(alarmLevels(given), given, found.threshold);
          expect(peaks.length).toBeLessThanOrEqual(alarms);
          expect(Number.isFinite(found.threshold)).toBe(true);
        },
      ),
    );
  });

  it("rises when fewer false alarms are asked for", () => {
    const rates = [100_000, 10_000, 3000, 1000, 500, 400, 300, 200, 100, 50, 20, 10, 1, 0.1, 0.01];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 3000 }),
        (seed, windows) => {
          const scores = normalScores(windows, seed);
          const thresholds = rates.map(
            (rate) => alarmThreshold(scores, ONE_BLOCK, asked(rate)).threshold,
          );
          expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("follows shift and scale of the scores", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 2000 }),
        fc.integer({ min: -100, max: 100 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.constantFrom(0.1, 10, 1000),
        (seed, windows, shift, scale, rate) => {
          const scores = normalScores(windows, seed);
          const moved = scores.map((score) => shift + scale * score);
          const { threshold, method } = alarmThreshold(scores, ONE_BLOCK, asked(rate));
          const other = alarmThreshold(moved, ONE_BLOCK, asked(rate));
          expect(other.method).toBe(method);
          const expected = shift + scale * threshold;
          expect(Math.abs(other.threshold - expected)).toBeLessThan(1e-5 * scale * 10);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("lies above scores that are all the same", () => {
    for (const score of [0, 3, -3]) {
      const scores = new Float64Array(100).fill(score);
      expect(alarmThreshold(scores, ONE_BLOCK, asked(1)).threshold).toBeGreaterThan(score);
    }
  });

  it("needs at least one window that was judged", () => {
    const nothing = new Float64Array(5).fill(Number.NaN);
    expect(() => alarmThreshold(nothing, ONE_BLOCK, asked(1))).toThrow(
      expect.objectContaining({ code: "TRAINING_DATA_INSUFFICIENT" }),
    );
  });

  it("lies above the scores of a recording whose every stretch is shorter than the on-delay", () => {
    const scores = Float64Array.of(2, 3, 1, 2);
    for (const rate of [1, 1e6]) {
      const { threshold } = alarmThreshold(scores, Uint32Array.of(0, 1, 2), asked(rate));
      expect(threshold).toBeGreaterThan(2.9);
    }
    expect(alarmThreshold(Float64Array.of(2), ONE_BLOCK, asked(1)).threshold).toBeGreaterThan(2);
  });
});
