import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alarmLevels, episodeCurve, episodePeaks } from "../../src/math/alarm-episodes.ts";
import { createIncidentTracker } from "../../src/math/incident-tracker.ts";

const nan = Number.NaN;
const record = (
  scores: readonly number[],
  { blocks = [0], onDelayWindows = 1, quietWindows = 0 } = {},
) => ({
  scores: Float64Array.from(scores),
  blocks: Uint32Array.from(blocks),
  onDelayWindows,
  quietWindows,
});

describe("alarm levels", () => {
  it("are what a score held for the whole on-delay, so a short spike counts for nothing", () => {
    const levels = alarmLevels(record([1, 9, 2, 5, 6, 7, 1], { onDelayWindows: 3 }));
    expect([...levels]).toEqual([nan, nan, 1, 2, 2, 5, 1]);
  });

  it("do not reach from one block into the next", () => {
    const levels = alarmLevels(record([3, 4, 5, 6], { onDelayWindows: 2, blocks: [0, 2] }));
    expect([...levels]).toEqual([nan, 3, nan, 5]);
  });

  it("pass over windows that were not judged, unless these are a gap", () => {
    const scores = [3, nan, nan, 4, nan, nan, nan, 5, 6];
    const levels = alarmLevels(record(scores, { onDelayWindows: 2 }));
    expect([...levels]).toEqual([nan, nan, nan, 3, nan, nan, nan, nan, 5]);
  });
});

describe("alarm episodes", () => {
  it("are one where the time between them is short", () => {
    const scores = [5, 0, 6, 0, 0, 7, 4, 0, 0, 0, 5];
    const peaks = (quietWindows: number): number[] => [
      ...episodePeaks(Float64Array.from(scores), record(scores, { quietWindows }), 4),
    ];
    expect(peaks(0)).toEqual([5, 6, 7, 5]);
    expect(peaks(1)).toEqual([6, 7, 5]);
    expect(peaks(2)).toEqual([7, 5]);
    expect(peaks(3)).toEqual([7]);
  });

  it("are two where a recording was interrupted", () => {
    const scores = [1, 5, 6, 1];
    const interrupted = record(scores, { blocks: [0, 2], quietWindows: 3 });
    expect([...episodePeaks(Float64Array.from(scores), interrupted, 4)]).toEqual([5, 6]);
  });

  it("are counted for every threshold at once as for each alone", () => {
    const scores = fc.array(
      fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 12 }) },
        { weight: 1, arbitrary: fc.constant(nan) },
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        scores,
        fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 3 }),
        fc.integer({ min: 0, max: 5 }),
        (values, blocks, quietWindows) => {
          const given = record(values, {
            blocks: [0, ...blocks.sort((a, b) => a - b)],
            quietWindows,
          });
          const levels = alarmLevels(given);
          const { thresholds, counts } = episodeCurve(levels, given);
          expect([...thresholds]).toEqual(
            [...new Set(values.filter((value) => !Number.isNaN(value)))].sort((a, b) => b - a),
          );
          thresholds.forEach((threshold, at) => {
            expect(counts[at]).toBe(episodePeaks(levels, given, threshold).length);
          });
        },
      ),
    );
  });

  it("are as many as the alarm state machine opens", () => {
    const scores = fc.array(fc.constantFrom(0, 0, 2), { maxLength: 80 });
    const delays = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(scores, delays, delays, (values, onStrides, offStrides) => {
        const tracker = createIncidentTracker({
          onDelayMs: onStrides * 1000,
          offDelayMs: offStrides * 1000,
          deadband: 0,
          updateMs: 1e9,
        });
        const opened = values.filter((value, at) => {
          const verdict = value >= 1 ? "anomalous" : "normal";
          const window = { endMs: at * 1000, value, threshold: 1, verdict } as const;
          const message = tracker.push({ ...window, contributions: [], coverage: 1 });
          return message?.phase === "opened";
        }).length;
        const delayed = { onDelayWindows: onStrides + 1, quietWindows: offStrides };
        const given = record(values, delayed);
        const counted = episodePeaks(alarmLevels(given), given, 1).length;
        // With an on-delay, scores too short for an alarm of their own prolong an open one: the count errs upwards.
        expect(counted).toBeGreaterThanOrEqual(opened);
        if (onStrides === 0) expect(counted).toBe(opened);
      }),
    );
  });
});
