import {
  firstValueFrom,
  forkJoin,
  from,
  map,
  NEVER,
  of,
  range,
  Subject,
  takeUntil,
  tap,
  throwError,
  toArray,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { createMicroBatcher } from "../../src/batching/micro-batcher.ts";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { type ScoreWindowsOptions, scoreWindows } from "../../src/stream/score-windows.ts";

const window = (endMs: number): FrameWindow => ({
  endMs,
  length: 1,
  tags: 1,
  values: new Float64Array(1),
  coverage: 1,
});

const scoreOf = ({ endMs }: FrameWindow): Score => ({
  ...{ endMs, value: 0, threshold: 5, verdict: "normal", coverage: 1 },
  contributions: [{ tag: "a", share: 1, actual: 0, expected: 0 }],
});

/** Answers on the next turn of the event loop and remembers the sizes of its batches. */
function patientScorer(): Scorer & { batches: number[] } {
  const batches: number[] = [];
  return {
    batches,
    identity: { name: "m", version: "1", sha256: "" },
    card: {
      windowLength: 1,
      tags: [{ name: "a" }],
      periodMs: 1,
      stride: 1,
    } as unknown as Scorer["card"],
    async score(windows) {
      batches.push(windows.length);
      await new Promise(setImmediate);
      return windows.map(scoreOf);
    },
  };
}

const ends = (scores: readonly Score[]): number[] => scores.map(({ endMs }) => endMs);

describe("scoreWindows", () => {
  it("scores together what comes in one turn, in order", async () => {
    const model = patientScorer();
    const windows = from([1, 2, 3, 4, 5].map(window));
    const scores = await firstValueFrom(windows.pipe(scoreWindows(model), toArray()));
    expect(ends(scores)).toEqual([1, 2, 3, 4, 5]);
    expect(model.batches).toEqual([5]);
  });

  it("scores together the windows of all streams with the same model", async () => {
    const model = patientScorer();
    const streams = [1, 2, 3].map((endMs) => of(window(endMs)).pipe(scoreWindows(model)));
    expect(ends(await firstValueFrom(forkJoin(streams)))).toEqual([1, 2, 3]);
    expect(model.batches).toEqual([3]);
  });

  it("never passes the largest batch", async () => {
    const model = patientScorer();
    const batcher = createMicroBatcher(model, { maxBatch: 2 });
    const windows = from([1, 2, 3, 4, 5].map(window));
    await firstValueFrom(windows.pipe(scoreWindows(model, { batcher }), toArray()));
    expect(model.batches).toEqual([2, 2, 1]);
  });

  it("reads a window when it comes: it may change afterwards", async () => {
    const model = patientScorer();
    const lent = { ...window(1) };
    const windows = from([1, 2, 3]).pipe(map((endMs) => Object.assign(lent, { endMs })));
    const scores = await firstValueFrom(windows.pipe(scoreWindows(model), toArray()));
    expect(ends(scores)).toEqual([1, 2, 3]);
  });

  it("leaves out where normal scores come from, when told to", async () => {
    const model: Scorer = {
      ...patientScorer(),
      score: async (windows) =>
        windows.map((one) => ({ ...scoreOf(one), value: one.endMs, warningThreshold: 3 })),
    };
    const windows = from([1, 2, 3, 4, 5].map(window));
    const parts = windows.pipe(
      scoreWindows(model, { contributions: "strange" }),
      map(({ contributions }) => contributions.length),
      toArray(),
    );
    expect(await firstValueFrom(parts)).toEqual([0, 0, 1, 1, 1]);
  });

  it("completes only after the last window is scored", async () => {
    const source = new Subject<FrameWindow>();
    const scores = firstValueFrom(source.pipe(scoreWindows(patientScorer()), toArray()));
    source.next(window(1));
    source.complete();
    expect(ends(await scores)).toEqual([1]);
  });

  it("fails when the model or the windows fail", async () => {
    const failing = { ...patientScorer(), score: () => Promise.reject(new Error("no memory")) };
    const scores = from([window(1)]).pipe(scoreWindows(failing));
    await expect(firstValueFrom(scores)).rejects.toThrow("no memory");
    const throwing: Scorer = {
      ...patientScorer(),
      score() {
        throw new Error("no shape");
      },
    };
    const thrown = from([window(1)]).pipe(scoreWindows(throwing));
    await expect(firstValueFrom(thrown)).rejects.toThrow("no shape");
    const broken = throwError(() => new Error("no link")).pipe(scoreWindows(patientScorer()));
    await expect(firstValueFrom(broken)).rejects.toThrow("no link");
  });

  it("stops scoring when nobody listens any more", async () => {
    const model = patientScorer();
    const seen: number[] = [];
    const source = new Subject<FrameWindow>();
    const subscription = source
      .pipe(scoreWindows(model))
      .subscribe({ next: ({ endMs }) => seen.push(endMs), error: expect.fail });
    source.next(window(1));
    source.next(window(2));
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
    expect(model.batches).toEqual([]);
  });

  it("lets go of a source that never pauses as soon as nobody listens", async () => {
    const left = new Subject<void>();
    let read = 0;
    const windows = range(1, 1_000).pipe(
      map(window),
      tap(({ endMs }) => {
        read = endMs;
        if (endMs === 3) left.next();
      }),
    );
    const scores = windows.pipe(scoreWindows(patientScorer()), takeUntil(left), toArray());
    expect(await firstValueFrom(scores)).toEqual([]);
    expect(read).toBe(3);
  });

  it("scores what comes while scores are handed on, and what comes between two turns", async () => {
    const source = new Subject<FrameWindow>();
    const scores = source.pipe(
      scoreWindows(patientScorer()),
      tap(({ endMs }) => {
        if (endMs < 5) source.next(window(endMs + 1));
        else if (endMs < 50) queueMicrotask(() => source.next(window(endMs + 1)));
        else source.complete();
      }),
      toArray(),
    );
    const all = firstValueFrom(scores);
    source.next(window(1));
    expect(ends(await all)).toEqual(Array.from({ length: 50 }, (_, place) => place + 1));
  });

  it("gives every subscriber a queue of its own", async () => {
    const scores = from([1, 2].map(window)).pipe(scoreWindows(patientScorer()), toArray());
    const [first, second] = await Promise.all([firstValueFrom(scores), firstValueFrom(scores)]);
    expect(ends(first)).toEqual([1, 2]);
    expect(ends(second)).toEqual([1, 2]);
  });

  it("shows every score with its window as the model saw it, before it is emitted", async () => {
    const order: string[] = [];
    const model = patientScorer();
    const scores = from([1, 2, 3].map(window)).pipe(
      scoreWindows(model, {
        onScored: (score, { endMs }) => order.push(`shown ${score.endMs} of ${endMs}`),
      }),
      tap(({ endMs }) => order.push(`emitted ${endMs}`)),
      toArray(),
    );
    await firstValueFrom(scores);
    expect(order).toEqual(
      [1, 2, 3].flatMap((endMs) => [`shown ${endMs} of ${endMs}`, `emitted ${endMs}`]),
    );
  });

  it("goes on without the windows of a run that failed, when somebody wants to hear of it", async () => {
    const source = new Subject<FrameWindow>();
    const shown: [number, number][] = [];
    const failures: [unknown, number][] = [];
    const model: Scorer = {
      ...patientScorer(),
      score: async (windows) => {
        if (windows.some(({ endMs }) => endMs === 4)) throw new Error("no memory");
        return windows.map(scoreOf);
      },
    };
    const all = firstValueFrom(
      source.pipe(
        scoreWindows(model, {
          batcher: createMicroBatcher(model, { maxBatch: 2 }),
          onScored: (score, { endMs }) => shown.push([score.endMs, endMs]),
          onFailed: (error, windows) => failures.push([error, windows]),
        }),
        toArray(),
      ),
    );
    for (const endMs of [1, 2, 3, 4, 5, 6]) source.next(window(endMs));
    source.complete();
    expect(ends(await all)).toEqual([1, 2, 5, 6]);
    expect(shown).toEqual([1, 2, 5, 6].map((endMs) => [endMs, endMs]));
    expect(failures).toEqual([[new Error("no memory"), 2]]);
  });

  it("refuses an option that there is not", () => {
    const options = { maxBatch: 2 } as ScoreWindowsOptions;
    expect(() => NEVER.pipe(scoreWindows(patientScorer(), options))).toThrow(
      /no option "maxBatch"/,
    );
  });
});
