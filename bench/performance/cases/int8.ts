import { type FrameWindow, type Model, optimizeModel } from "wheeltapper";
import type { Case } from "../case.ts";
import { createFrames, LENGTH, STRIDE, TAGS, trainBenchModel } from "../plant.ts";
import { BATCH, OUR_SESSION, openPlainSession, runReadyBatches } from "../runtime.ts";
import { median, medianRatio, type Rivals, takeTurns } from "../turns.ts";

const CELLS = LENGTH * TAGS;
const RUN = { float: "float32, network alone", int8: "int8, network alone" };
const SCORE = { float: "float32, model.score", int8: "int8, model.score" };

/** The same model in 8 bits, in full batches: the network alone, and with everything that makes a score of it. */
export const int8Case: Case = {
  title: "8 bits beside 32",
  async run(bench) {
    const windows = BATCH * (bench.quick ? 8 : 32);
    const float = await trainBenchModel();
    const { model: int8 } = await optimizeModel(float, { int8: true });
    const floatSession = await openPlainSession(float.bytes, CELLS, OUR_SESSION);
    const int8Session = await openPlainSession(int8.bytes, CELLS, OUR_SESSION);
    const batch = createBatch();
    const rivals: Rivals = {
      [RUN.float]: () => runReadyBatches(floatSession, CELLS, windows),
      [RUN.int8]: () => runReadyBatches(int8Session, CELLS, windows),
      [SCORE.float]: () => scoreBatches(float, batch, windows),
      [SCORE.int8]: () => scoreBatches(int8, batch, windows),
    };
    const figures = await takeTurns(rivals, bench.quick ? 5 : 21, bench);
    for (const model of [float, int8]) await model.close();
    for (const session of [floatSession, int8Session]) await session.release();
    const ratio = medianRatio(figures, RUN.int8, RUN.float);
    return {
      setup: { tags: TAGS, length: LENGTH, batch: BATCH, windows },
      columns: [
        { key: "windowsPerSecond", title: "windows/s", unit: "figure" },
        { key: "faster", title: "times its float32", unit: "figure" },
      ],
      rows: [RUN, SCORE].flatMap((pair) =>
        [pair.float, pair.int8].map((method) => ({
          method,
          windowsPerSecond: median(figures[method] ?? []),
          faster: medianRatio(figures, method, pair.float),
        })),
      ),
      goals: [{ what: "times its float32, network alone", value: ratio, atLeast: 1.4 }],
    };
  },
};

function createBatch(): readonly FrameWindow[] {
  const frames = createFrames(BATCH * STRIDE + LENGTH, { seed: 2, periodMs: 1_000 });
  return Array.from({ length: BATCH }, (_, place) => {
    const rows = frames.slice(place * STRIDE, place * STRIDE + LENGTH);
    return {
      endMs: rows.at(-1)?.timeMs ?? 0,
      length: LENGTH,
      tags: TAGS,
      values: Float64Array.from(rows.flatMap(({ values }) => [...values])),
      coverage: 1,
    };
  });
}

async function scoreBatches(
  model: Model,
  batch: readonly FrameWindow[],
  windows: number,
): Promise<number> {
  const startMs = performance.now();
  for (let done = 0; done < windows; done += batch.length) await model.score(batch);
  return (1_000 * windows) / (performance.now() - startMs);
}
