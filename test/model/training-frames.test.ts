import { concatMap, from, NEVER, of, timer } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { GatewayError } from "../../src/errors.ts";
import { readFrames } from "../../src/model/training-frames.ts";
import type { Source } from "../../src/sources/source.ts";

const readings: Reading[] = Array.from({ length: 30_000 }, (_, row) => ({
  tag: "a",
  timeMs: row * 250,
  value: row,
  quality: "good",
}));
const source = (stream: Source["readings"]): Source => ({
  name: "plc",
  tags: [{ name: "a" }],
  readings: stream,
  status: of(),
});

describe("readFrames", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("finds the period on the way, and loses nothing that came before it was known", async () => {
    const frames = await readFrames(source(from(readings)));
    expect(frames.length).toBe(30_000);
    expect(frames.every(({ periodMs, values }, row) => periodMs === 250 && values[0] === row)).toBe(
      true,
    );
  });

  it("uses the period that is asked for", async () => {
    const frames = await readFrames(source(from(readings.slice(0, 9))), { periodMs: 1000 });
    expect(frames.map(({ timeMs, values }) => [timeMs, values[0]])).toEqual([
      [0, 0],
      [1000, 4],
      [2000, 8],
    ]);
  });

  it("watches a live source for as long as it is told to", async () => {
    const live = from(readings).pipe(concatMap((one) => timer(250).pipe(concatMap(() => of(one)))));
    const pending = readFrames(source(live), { watchMs: 10_000 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await pending).length).toBeGreaterThan(38);
  });

  it("says so when there is nothing to find a period in", async () => {
    const pending = readFrames(source(NEVER), { watchMs: 1000 });
    const refused = expect(pending).rejects.toMatchObject({
      code: "TRAINING_DATA_INSUFFICIENT",
      message: /^plc: expected/,
    });
    await vi.advanceTimersByTimeAsync(1000);
    await refused;
  });

  it("names tags that never gave a value, with the status code and what the source says", async () => {
    const trouble = new GatewayError("SOURCE_REJECTED", "exception 2", {
      hint: "Check the address.",
    });
    const plc: Source = {
      ...source(
        from<Reading[]>([
          { tag: "b", timeMs: 1, value: Number.NaN, quality: "bad", statusCode: 2 },
          ...readings.slice(0, 9),
        ]),
      ),
      tags: [{ name: "a" }, { name: "b" }],
      status: of({ state: "live", sinceMs: 0, troubles: [], texts: {}, error: trouble }),
    };
    await expect(readFrames(plc)).rejects.toMatchObject({
      code: "TRAINING_DATA_INSUFFICIENT",
      message: "plc: no good reading of b (status code 0x2): exception 2",
      hint: "Check the address.",
      cause: trouble,
    });
  });
});
