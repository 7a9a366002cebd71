import { from, lastValueFrom, map, toArray } from "rxjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPlainLoops } from "../../bench/performance/plain-loops.ts";
import {
  createFrames,
  LENGTH,
  readingsOf,
  STRIDE,
  TAGS,
  tagNames,
  trainBenchModel,
} from "../../bench/performance/plant.ts";
import { OUR_SESSION, openPlainSession } from "../../bench/performance/runtime.ts";
import type { Model } from "../../src/model/model.ts";
import { scoreWindows } from "../../src/stream/score-windows.ts";
import { slideWindow } from "../../src/stream/slide-window.ts";

let model: Model;

beforeAll(async () => {
  model = await trainBenchModel();
}, 120_000);
afterAll(() => model.close());

it("loops by hand come to the scores that the library comes to", async () => {
  const frames = createFrames(600, { seed: 5, periodMs: 1_000, faultAt: 0.5 });
  const session = await openPlainSession(model.bytes, LENGTH * TAGS, OUR_SESSION);
  const loops = openPlainLoops(model.card, session, 1);
  for (const readings of readingsOf(frames, tagNames())) {
    for (const reading of readings) loops.push(0, reading);
  }
  await loops.scored(true);
  await session.release();

  const scores = from(frames).pipe(
    slideWindow({ length: LENGTH, stride: STRIDE }),
    scoreWindows(model),
    map(({ value }) => value),
    toArray(),
  );
  const values = await lastValueFrom(scores);
  expect(loops.tally.windows).toBe(values.length);
  expect(loops.tally.scores).toBeCloseTo(
    values.reduce((sum, value) => sum + value, 0),
    1, // of hundreds: float32 rounds by the size of the batch
  );
  expect(loops.tally.events).toBe(2); // opened and closed
});
