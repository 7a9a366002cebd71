import { from, NEVER } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { TrainingProgress } from "../../src/model/fit-network.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";

const options = { name: "machine", tags: machineTags, windowLength: 8 };

describe("trainModel", () => {
  it("learns what normal looks like: normal windows pass, a broken relation between tags stands out and is named", async () => {
    const model = await trainModel(machineFrames(600), options);
    const fresh = machineFrames(300, { seed: 99 });
    const windows = Array.from({ length: 290 }, (_, start) =>
      windowOf(fresh.slice(start, start + 8)),
    );
    const normal = await model.score(windows);
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
    const best = Math.min(...progress.map(({ validationLoss }) => validationLoss));
    expect(progress.length).toBeLessThan(200);
    expect(progress.length).toBe(card.provenance.epochs + 3);
    expect(card.provenance.validationLoss).toBe(best);
    expect(progress.map(({ epoch }) => epoch)).toEqual(progress.map((_, index) => index + 1));
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

  it("refuses frames that do not have one cell per tag, and options out of range", async () => {
    const wrongTags = trainModel(machineFrames(300), { ...options, tags: machineTags.slice(1) });
    await expect(wrongTags).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: /per cell of a frame \(3\), got 2/,
    });
    const wrongWindow = trainModel(machineFrames(300), { ...options, windowLength: 0 });
    await expect(wrongWindow).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: /windowLength/,
    });
  });

  it("says so when the loss is no longer finite", async () => {
    const steep = trainModel(machineFrames(300), { ...options, learningRate: 1e30 });
    await expect(steep).rejects.toMatchObject({ code: "TRAINING_DIVERGED", hint: /learningRate/ });
  });
});
