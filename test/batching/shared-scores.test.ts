import { forkJoin, from, lastValueFrom, toArray } from "rxjs";
import { afterAll, describe, expect, it } from "vitest";
import { createMicroBatcher } from "../../src/batching/micro-batcher.ts";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import type { Model } from "../../src/model/model.ts";
import { scoreReadings } from "../../src/model/score-readings.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { alignReadings } from "../../src/stream/align-readings.ts";
import { scoreWindows } from "../../src/stream/score-windows.ts";
import { slideWindow } from "../../src/stream/slide-window.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";

const LENGTH = 8;
const model: Model = await trainModel(machineFrames(600), {
  name: "machine",
  tags: machineTags,
  windowLength: LENGTH,
});
afterAll(() => model.close());

/** A hole in every tenth window, an infinite cell, and a fault from row 80 on. */
const spoilt = (row: number, cell: number, value: number): number => {
  if (row % 10 === 3 && cell % 3 === 1) return Number.NaN;
  if (row === 50 && cell === 4) return Number.POSITIVE_INFINITY;
  return row > 80 && cell % 3 === 2 ? value + 20 : value;
};

/** Windows of one machine, with some that have too little to be judged. */
function windowsOf(seed: number): readonly FrameWindow[] {
  const frames = machineFrames(120, { seed });
  return frames.slice(LENGTH).map((_, row) => {
    const window = windowOf(frames.slice(row, row + LENGTH), (values) =>
      values.map((value, cell) => spoilt(row, cell, value)),
    );
    return row % 17 === 5 ? { ...window, coverage: 0.1 } : window;
  });
}

/** To within float rounding; what is not judged has no value in either. */
const expectClose = (value: number, other = Number.NaN, digits = 4): void => {
  if (Number.isNaN(other)) expect(value).toBeNaN();
  else expect(value).toBeCloseTo(other, digits);
};

/** Scores window after window, each by itself, with the memory of its stream. */
async function oneByOne(windows: readonly FrameWindow[]): Promise<readonly Score[]> {
  const batcher = createMicroBatcher(model, { maxBatch: 1 });
  return lastValueFrom(
    from(windows).pipe(scoreWindows(model, { batcher, contributions: "all" }), toArray()),
  );
}

function expectSame(shared: readonly Score[], alone: readonly Score[]): void {
  expect(shared.map(({ endMs, verdict }) => [endMs, verdict])).toEqual(
    alone.map(({ endMs, verdict }) => [endMs, verdict]),
  );
  shared.forEach((score, place) => {
    const other = alone[place] as Score;
    expectClose(score.value, other.value);
    expectClose(score.threshold, other.threshold);
    expect(score.contributions.length).toBe(other.contributions.length);
    score.contributions.forEach((part, tag) => {
      expectClose(part.share, other.contributions[tag]?.share, 3);
      expect(part.actual).toBe(other.contributions[tag]?.actual);
      expectClose(part.expected, other.contributions[tag]?.expected, 3);
    });
  });
}

describe("scores of windows that share runs", () => {
  it("are those that each window gets alone, in the order of its stream", async () => {
    const machines = [11, 12, 13, 14, 15].map(windowsOf);
    const together = await lastValueFrom(
      forkJoin(
        machines.map((windows) =>
          from(windows).pipe(scoreWindows(model, { contributions: "all" }), toArray()),
        ),
      ),
    );
    for (const [place, windows] of machines.entries()) {
      const alone = await oneByOne(windows);
      expect(new Set(alone.map(({ verdict }) => verdict))).toEqual(
        new Set(["normal", "anomalous", "insufficient-data"]),
      );
      expectSame(together[place] ?? [], alone);
    }
  });

  it("are those of the function that scores a list of windows", async () => {
    const windows = windowsOf(21);
    const direct = await model.score(windows);
    const batcher = createMicroBatcher(model, { maxBatch: 7 });
    const opened = windows.map((window, place) => {
      const got: number[] = [];
      const lane = batcher.open({
        prepare: () => {},
        onScored: (_, batch, at) => got.push(batch.result(at).value),
        onFailed: (error) => expect.fail(String(error)),
        onDropped: () => expect.fail("dropped"),
      });
      lane.push(window);
      return { got, place };
    });
    await expect.poll(() => opened.every(({ got }) => got.length === 1)).toBe(true);
    for (const { got, place } of opened) {
      expectClose(got[0] as number, direct[place]?.value);
    }
  });

  it("are those of a recording that is scored in batch", async () => {
    const frames = machineFrames(300, { seed: 5 });
    const readings = frames.flatMap(({ timeMs, values }) =>
      machineTags.map(({ name }, tag) => ({
        ...{ tag: name, timeMs, value: values[tag] as number, quality: "good" as const },
      })),
    );
    const batch: Score[] = [];
    const chunks = (async function* () {
      yield readings;
    })();
    for await (const scores of scoreReadings(model, chunks, { sensorFaults: false })) {
      batch.push(...scores);
    }
    const streamed = await lastValueFrom(
      from(readings).pipe(
        alignReadings({ tags: machineTags, periodMs: 1_000, reuse: true }),
        slideWindow({ length: LENGTH, stride: model.card.stride, reuse: true }),
        scoreWindows(model, { contributions: "all" }),
        toArray(),
      ),
    );
    expectSame(streamed, batch);
  });
});
