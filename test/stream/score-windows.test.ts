import {
  firstValueFrom,
  from,
  map,
  NEVER,
  range,
  Subject,
  takeUntil,
  tap,
  throwError,
  toArray,
} from "rxjs";
import { describe, expect, it } from "vitest";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { scoreWindows } from "../../src/stream/score-windows.ts";

const window = (endMs: number): FrameWindow => ({
  endMs,
  length: 1,
  tags: 1,
  values: new Float64Array(1),
  coverage: 1,
});

/** Answers on the next turn of the event loop and remembers the sizes of its batches. */
function patientScorer(): Scorer & { batches: number[] } {
  const batches: number[] = [];
  return {
    batches,
    identity: { name: "m", version: "1", sha256: "" },
    card: {} as Scorer["card"],
    async score(windows) {
      batches.push(windows.length);
      await new Promise(setImmediate);
      return windows.map(({ endMs }) => ({ endMs }) as Score);
    },
  };
}

const ends = (scores: readonly Score[]): number[] => scores.map(({ endMs }) => endMs);

describe("scoreWindows", () => {
  it("scores at once what comes alone, and together what comes during a run, in order", async () => {
    const model = patientScorer();
    const windows = from([1, 2, 3, 4, 5].map(window));
    const scores = await firstValueFrom(windows.pipe(scoreWindows(model), toArray()));
    expect(ends(scores)).toEqual([1, 2, 3, 4, 5]);
    expect(model.batches).toEqual([1, 4]);
  });

  it("never passes the largest batch", async () => {
    const model = patientScorer();
    const windows = from([1, 2, 3, 4, 5].map(window));
    await firstValueFrom(windows.pipe(scoreWindows(model, { maxBatch: 2 }), toArray()));
    expect(model.batches).toEqual([1, 2, 2]);
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
    expect(model.batches).toEqual([1]);
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

  it("keeps scores and windows together when a batch could not be scored", async () => {
    const source = new Subject<FrameWindow>();
    const shown: [number, number][] = [];
    const model: Scorer = {
      ...patientScorer(),
      score: async (windows) =>
        windows.some(({ endMs }) => endMs === 2)
          ? []
          : windows.map(({ endMs }) => ({ endMs }) as Score),
    };
    const all = firstValueFrom(
      source.pipe(
        scoreWindows(model, {
          maxBatch: 2,
          onScored: (score, { endMs }) => shown.push([score.endMs, endMs]),
        }),
        toArray(),
      ),
    );
    for (const endMs of [1, 2, 3, 4, 5, 6]) source.next(window(endMs));
    source.complete();
    expect(ends(await all)).toEqual([1, 4, 5, 6]);
    expect(shown).toEqual([
      [1, 1],
      [4, 4],
      [5, 5],
      [6, 6],
    ]);
  });

  it("refuses a batch of nothing", () => {
    expect(() => NEVER.pipe(scoreWindows(patientScorer(), { maxBatch: 0 }))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});
