import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MicroBatcherOptions } from "../../src/batching/batcher-options.ts";
import { createMicroBatcher, type MicroBatcher } from "../../src/batching/micro-batcher.ts";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { Scorer } from "../../src/model/scorer.ts";

const PERIOD_MS = 1_000;
const at = (second: number): FrameWindow => ({
  endMs: second * PERIOD_MS,
  length: 1,
  tags: 1,
  values: Float64Array.of(second),
  coverage: 1,
});

/** A model that remembers its runs, and takes its time over each. */
function slowModel(runMs = 0): { readonly model: Scorer; readonly runs: number[][] } {
  const runs: number[][] = [];
  const card = { windowLength: 1, tags: [{ name: "flow" }], periodMs: PERIOD_MS, stride: 1 };
  return {
    runs,
    model: {
      identity: { name: "pump", version: "1", sha256: "" },
      card: card as unknown as Scorer["card"],
      async score(windows) {
        runs.push(windows.map(({ endMs }) => endMs / PERIOD_MS));
        await new Promise((resolve) => setTimeout(resolve, runMs));
        return windows.map(({ endMs }) => ({
          ...{ endMs, value: 0, threshold: 5, verdict: "normal", coverage: 1 },
          contributions: [{ tag: "flow", share: 1, actual: 0, expected: 0 }],
        }));
      },
    },
  };
}

/** A stream that remembers what came out, and what was dropped. */
function openStream(batcher: MicroBatcher) {
  const scored: number[] = [];
  const seen = { dropped: 0, failed: 0, isDone: false };
  const lane = batcher.open({
    prepare: () => {},
    onScored: ({ endMs }) => scored.push(endMs / PERIOD_MS),
    onFailed: (_, windows) => {
      seen.failed += windows;
    },
    onDropped: (windows) => {
      seen.dropped += windows;
    },
  });
  return { ...lane, scored, seen };
}

function setUp(runMs: number, options: MicroBatcherOptions = {}) {
  const { model, runs } = slowModel(runMs);
  return { batcher: createMicroBatcher(model, options), runs };
}

const seconds = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, place) => from + place);

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a micro-batcher", () => {
  it("does not let a window wait that comes alone", async () => {
    const { batcher, runs } = setUp(0);
    const stream = openStream(batcher);
    stream.push(at(1));
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(100);
    stream.push(at(2));
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toEqual([[1], [2]]);
  });

  it("lets windows that come soon after a run wait for each other, 5 ms at most", async () => {
    const { batcher, runs } = setUp(0);
    const [first, second] = [openStream(batcher), openStream(batcher)];
    first.push(at(1));
    await vi.advanceTimersByTimeAsync(1);
    first.push(at(2));
    await vi.advanceTimersByTimeAsync(2);
    second.push(at(3));
    expect(runs).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(4);
    expect(runs).toEqual([[1], [2, 3]]);
  });

  it("does not wait for a full run to be due", async () => {
    const { batcher, runs } = setUp(0, { maxBatch: 2, maxDelayMs: 60_000 });
    const stream = openStream(batcher);
    for (const second of seconds(1, 5)) stream.push(at(second));
    await vi.advanceTimersByTimeAsync(10);
    expect(runs).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs).toEqual([[1, 2], [3, 4], [5]]);
  });

  it("takes one window of each stream in turn, so that a busy one starves nobody", async () => {
    const { batcher, runs } = setUp(10, { maxBatch: 4 });
    const [busy, calm] = [openStream(batcher), openStream(batcher)];
    for (const second of seconds(1, 8)) busy.push(at(second));
    calm.push(at(101));
    calm.push(at(102));
    await vi.advanceTimersByTimeAsync(100);
    expect(runs).toEqual([
      [1, 101, 2, 102],
      [3, 4, 5, 6],
      [7, 8],
    ]);
    expect(busy.scored).toEqual(seconds(1, 8));
    expect(calm.scored).toEqual([101, 102]);
  });

  it("is done with a stream behind its last window, which then goes at once", async () => {
    const { batcher } = setUp(10, { maxDelayMs: 60_000 });
    const stream = openStream(batcher);
    stream.push(at(1));
    await vi.advanceTimersByTimeAsync(20);
    stream.push(at(2));
    const done = vi.fn(() => expect(stream.scored).toEqual([1, 2]));
    stream.end(done);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(20);
    expect(done).toHaveBeenCalledOnce();
    expect(batcher.isSpent()).toBe(true);
  });

  it("forgets what waits for a stream that is closed, and scores the others", async () => {
    const { batcher } = setUp(10, { maxBatch: 2 });
    const [gone, other] = [openStream(batcher), openStream(batcher)];
    for (const second of seconds(1, 4)) gone.push(at(second));
    other.push(at(9));
    await vi.advanceTimersByTimeAsync(1);
    gone.close();
    await vi.advanceTimersByTimeAsync(100);
    expect(gone.scored).toEqual([]);
    expect(other.scored).toEqual([9]);
    expect(batcher.health()).toEqual({ streams: 1, waiting: 0, strideFactor: 1 });
  });
});

describe("when windows come faster than they are scored", () => {
  const OVERLOAD = { maxBatch: 4, maxWaiting: 16 } as const;

  /** Every stream gets a window a millisecond; a run of four takes ten. */
  async function flood(options: MicroBatcherOptions, streams = 2, windows = 400) {
    const { batcher, runs } = setUp(10, { ...OVERLOAD, ...options });
    const opened = Array.from({ length: streams }, () => openStream(batcher));
    let most = 0;
    let widest = 1;
    for (let second = 1; second <= windows; second += 1) {
      for (const stream of opened) stream.push(at(second));
      await vi.advanceTimersByTimeAsync(1);
      most = Math.max(most, batcher.health().waiting);
      widest = Math.max(widest, batcher.health().strideFactor);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    return { batcher, opened, runs, most, widest };
  }

  it("gives up the oldest, keeps the order, and counts each that is gone", async () => {
    const { opened, most } = await flood({ overload: "drop-oldest" });
    expect(most).toBeLessThanOrEqual(16);
    for (const { scored, seen } of opened) {
      expect(scored).toEqual(scored.toSorted((a, b) => a - b));
      expect(scored.length + seen.dropped).toBe(400);
      expect(scored.at(-1)).toBe(400);
      expect(seen.dropped).toBeGreaterThan(100);
    }
  });

  it("widens all strides alike, says so, and narrows them again", async () => {
    const { batcher, opened, most, widest } = await flood({ overload: "widen-strides" });
    expect(most).toBeLessThanOrEqual(16);
    expect(widest).toBeGreaterThanOrEqual(4);
    for (const { scored, seen } of opened) expect(scored.length + seen.dropped).toBe(400);
    const stream = opened[0];
    for (let second = 1_000; second < 1_400; second += 1) {
      stream?.push(at(second));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(batcher.health().strideFactor).toBe(1);
    expect(stream?.scored.slice(-10)).toEqual(seconds(1_390, 1_399));
  });

  it("loses nothing where it may wait, and says when those who can should be held back", async () => {
    let asked = 0;
    let resolved = 0;
    const onFull = (room: Promise<void>): void => {
      asked += 1;
      void room.then(() => {
        resolved += 1;
      });
    };
    const { opened } = await flood({ overload: "wait", onFull }, 2, 100);
    await vi.advanceTimersByTimeAsync(10_000);
    for (const { scored, seen } of opened) {
      expect(scored).toEqual(seconds(1, 100));
      expect(seen.dropped).toBe(0);
    }
    expect(asked).toBeGreaterThanOrEqual(1);
    expect(resolved).toBe(asked);
  });
});

describe("options of a micro-batcher", () => {
  it.each([
    [{ maxBatch: 0 }, /maxBatch must be a whole number from 1 on/],
    [{ maxDelayMs: -1 }, /maxDelayMs must not be negative/],
    [{ maxWaiting: 1.5 }, /maxWaiting must be a whole number/],
    [{ overload: "panic" }, /overload must be one of wait, widen-strides, drop-oldest/],
    [{ batch: 3 }, /no option "batch"/],
  ])("refuse %o", (options, message) => {
    const { model } = slowModel();
    expect(() => createMicroBatcher(model, options as MicroBatcherOptions)).toThrow(message);
  });
});
