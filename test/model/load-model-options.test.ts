import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { LoadModelOptions } from "../../src/model/load-model.ts";
import { loadModel } from "../../src/model/load-model.ts";
import type { Model } from "../../src/model/model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";
import { threadsStarted } from "./worker/scoring.ts";

let model: Model;

beforeAll(async () => {
  model = await trainModel(machineFrames(300), {
    name: "machine",
    tags: machineTags,
    windowLength: 8,
    maxEpochs: 3,
  });
});

const windows = Array.from({ length: 5 }, (_, place) =>
  windowOf(machineFrames(8), (values) => values.map((value) => value + place)),
);

async function load(options: LoadModelOptions): Promise<Model> {
  const loaded = await loadModel(model.bytes, options);
  onTestFinished(() => loaded.close());
  return loaded;
}

describe("loadModel", () => {
  it("scores in a worker thread as it does here", async () => {
    const threads = threadsStarted();
    const inWorker = await load({ workerAfterMs: 0 });
    expect(threads).toHaveLength(1);
    expect(await inWorker.score(windows)).toEqual(await model.score(windows));
    expect(threads).toHaveLength(1);
  });

  it.each([{ threads: 2 }, { threads: 2, spinning: true }])(
    "scores with %o as with one thread, to within rounding",
    async (options) => {
      const expected = await model.score(windows);
      const scores = await (await load(options)).score(windows);
      scores.forEach(({ value, verdict }, place) => {
        expect(value).toBeCloseTo(expected[place]?.value ?? Number.NaN, 4);
        expect(verdict).toBe(expected[place]?.verdict);
      });
    },
  );

  it.each([
    [{ threads: 0 }, "loadModel: threads must be a whole number from 1 on, got 0"],
    [{ workerAfterMs: -1 }, "loadModel: workerAfterMs must not be negative, got -1"],
    [{ workerAfterMs: Number.NaN }, "loadModel: workerAfterMs must not be negative, got NaN"],
    [{ worker: true }, 'loadModel: there is no option "worker"'],
  ])("refuses %o", async (options, message) => {
    await expect(loadModel(model.bytes, options as LoadModelOptions)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message,
    });
  });
});
