import { from, lastValueFrom, NEVER, of, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame, FrameWindow } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import type { TrainingProgress } from "../../src/model/fit-network.ts";
import type { Model } from "../../src/model/model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import type { Source } from "../../src/sources/source.ts";
import { scoreWindows } from "../../src/stream/score-windows.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";

const options = { name: "machine", tags: machineTags, windowLength: 8 };

/** A recorded source of the machine; like that of a trace, its `tags` are a getter. */
const machineSource = (count: number): Source => ({
  name: "plc",
  get tags() {
    return machineTags;
  },
  readings: from(
    machineFrames(count).flatMap(({ timeMs, values }) =>
      machineTags.map(({ name: tag }, column) => ({
        tag,
        timeMs,
        value: values[column] as number,
        quality: "good" as const,
      })),
    ),
  ),
  status: of(),
});

const scoreStream = (model: Model, windows: readonly FrameWindow[]): Promise<Score[]> =>
  lastValueFrom(from(windows).pipe(scoreWindows(model), toArray()));

describe("trainModel", () => {
  it("learns what normal looks like: normal windows pass, a broken relation between tags stands out and is named", async () => {
    const model = await trainModel(machineFrames(600), options);
    const fresh = machineFrames(300, { seed: 99 });
    const windows = Array.from({ length: 290 }, (_, start) =>
      windowOf(fresh.slice(start, start + 8)),
    );
    const normal = await scoreStream(model, windows);
    expect(normal.filter(({ verdict }) => verdict === "anomalous")).toEqual([]);

    const broken = windowOf(fresh.slice(0, 8), (values) =>
      values.map((value, cell) => (cell % 3 === 2 ? value + 1.5 : value)),
    );
    const [score] = await model.score([broken]);
    expect(score?.verdict).toBe("anomalous");
    const top = [...(score?.contributions ?? [])].sort((a, b) => b.share - a.share)[0];
    expect(top?.tag).toBe("temperature");
    expect((top?.actual ?? 0) - (top?.expected ?? 0)).toBeGreaterThan(0.5);
    await model.close();
  });

  it("takes no hole for an anomaly: whichever tag is missing, normal windows pass, and a broken relation of the others does not", async () => {
    const model = await trainModel(machineFrames(600), options);
    const fresh = machineFrames(300, { seed: 98 });
    for (const missing of [0, 1, 2]) {
      const without = (values: Float64Array): Float64Array =>
        values.map((value, cell) => (cell % 3 === missing ? Number.NaN : value));
      const windows = Array.from({ length: 290 }, (_, start) =>
        windowOf(fresh.slice(start, start + 8), without),
      );
      const normal = await scoreStream(model, windows);
      expect(normal.filter(({ verdict }) => verdict !== "normal")).toEqual([]);
      const other = (missing + 1) % 3;
      const broken = windowOf(fresh.slice(0, 8), (values) =>
        without(values).map((value, cell) => (cell % 3 === other ? value + 10 : value)),
      );
      expect((await model.score([broken]))[0]?.verdict).toBe("anomalous");
    }
    await model.close();
  });

  it("takes an observable of frames, too, and gives the same file for the same seed", async () => {
    const quick = { ...options, maxEpochs: 3 };
    const fromArray = await trainModel(machineFrames(300), quick);
    const fromStream = await trainModel(from(machineFrames(300)), quick);
    const otherSeed = await trainModel(machineFrames(300), { ...quick, seed: 2 });
    expect(fromStream.identity.sha256).toBe(fromArray.identity.sha256);
    expect(otherSeed.identity.sha256).not.toBe(fromArray.identity.sha256);
  });

  it("writes down where the model comes from and how it is to be used", async () => {
    const { card } = await trainModel(machineFrames(300), { ...options, stride: 2, maxEpochs: 2 });
    expect(card).toMatchObject({
      name: "machine",
      version: "1",
      tags: machineTags,
      periodMs: 1000,
      windowLength: 8,
      stride: 2,
      minCoverage: 0.5,
      eventRule: { onDelayMs: 4000, offDelayMs: 10_000 },
      provenance: {
        frames: 300,
        epochs: 2,
        trainedFromMs: 1000,
        trainedToMs: 300_000,
        layers: [24, 12, 2, 12, 24],
      },
    });
    expect(card.golden).toHaveLength(2);
  });

  it("tells its progress, and stops early when the held-out loss no longer falls", async () => {
    const progress: TrainingProgress[] = [];
    const { card } = await trainModel(machineFrames(300), {
      ...options,
      patience: 3,
      learningRate: 0.01,
      onProgress: (step) => progress.push(step),
    });
    const epochs = progress.map(({ epoch }) => epoch);
    const total = progress[0]?.maxEpochs ?? 0;
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(epochs.length).toBeLessThan(total);
    expect(epochs.at(-1)).toBeLessThanOrEqual(total);
    expect(card.provenance.epochs).toBeLessThan(40);
  });

  it("stops when it is aborted: before, while frames are awaited, and while it trains", async () => {
    const reason = new Error("enough");
    const before = trainModel(machineFrames(300), {
      ...options,
      signal: AbortSignal.abort(reason),
    });
    await expect(before).rejects.toBe(reason);

    const waiting = new AbortController();
    const pending = trainModel(NEVER, { ...options, signal: waiting.signal });
    waiting.abort(reason);
    await expect(pending).rejects.toBe(reason);

    const training = new AbortController();
    const running = trainModel(machineFrames(300), {
      ...options,
      signal: training.signal,
      onProgress: ({ epoch }) => epoch === 2 && training.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
  });

  it.each([
    { what: "no frames", frames: [], shows: "0 frames" },
    { what: "too few frames", frames: machineFrames(20), shows: "20 frames" },
    {
      what: "a tag without a reading",
      frames: machineFrames(300).map((frame): Frame => {
        const values = frame.values.slice();
        values[1] = Number.NaN;
        return { ...frame, values };
      }),
      shows: "no good reading of pressure",
    },
  ])("refuses $what and says what it needs", async ({ frames, shows }) => {
    await expect(trainModel(frames, options)).rejects.toMatchObject({
      code: "TRAINING_DATA_INSUFFICIENT",
      message: expect.stringContaining(shows),
    });
  });

  it("refuses frames that do not have one cell per tag", async () => {
    const wrongTags = trainModel(machineFrames(300), { ...options, tags: machineTags.slice(1) });
    await expect(wrongTags).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: /per cell of a frame \(3\), got 2/,
    });
  });

  it("learns the tags that are asked for, in their order, with what the source knows of them", async () => {
    const quick = { name: "machine", windowLength: 8, maxEpochs: 2 };
    const all = (await trainModel(machineSource(300), quick)).card;
    const { card } = await trainModel(machineSource(300), {
      ...quick,
      tags: [{ name: "temperature", unit: "K" }, { name: "current" }],
    });
    expect(all.tags).toEqual(machineTags);
    expect(card.tags).toEqual([{ name: "temperature", unit: "K" }, machineTags[0]]);
    expect(card.normalizer.center).toEqual([all.normalizer.center[2], all.normalizer.center[0]]);
    expect(card.normalizer.center[0]).toBeCloseTo(60, 0);
  });

  it("takes an infinite cell for an unknown one", async () => {
    const withCell = (cell: number): Frame[] =>
      machineFrames(300).map((frame, row) =>
        row === 20 ? { ...frame, values: Float64Array.of(cell, 5, 60) } : frame,
      );
    const quick = { ...options, maxEpochs: 2 };
    const unknown = await trainModel(withCell(Number.NaN), quick);
    const infinite = await trainModel(withCell(Number.NEGATIVE_INFINITY), quick);
    expect(infinite.identity).toEqual(unknown.identity);
  });

  it("tells how many frames it takes, and keeps its word", async () => {
    const quick = { ...options, windowLength: 4, maxEpochs: 1 };
    const train = (count: number): Promise<unknown> => trainModel(machineFrames(count), quick);
    await expect(train(21)).rejects.toThrow(/at least 22 frames .* windows of 4, got 21 frames/);
    await expect(train(22)).resolves.toBeDefined();
  });

  it("says so when the loss is no longer finite", async () => {
    const steep = trainModel(machineFrames(300), { ...options, learningRate: 1e30 });
    await expect(steep).rejects.toMatchObject({ code: "TRAINING_DIVERGED", hint: /learningRate/ });
  });
});
