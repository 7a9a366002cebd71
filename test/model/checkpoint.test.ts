import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { type Checkpoint, fileCheckpoint, fingerprint } from "../../src/model/checkpoint.ts";
import { type FitOptions, fitNetwork } from "../../src/model/fit-network.ts";
import { tempFolder } from "../temp-folder.ts";

const window = { length: 4, tags: 2 };
const random = createRandom(3);
const frames = Float32Array.from(
  { length: 400 },
  (_, cell) => Math.sin(cell / 9) + 0.1 * random.normal(),
);
const starts = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from }, (_, place) => from + place);
const windows = { training: starts(0, 140), heldOut: starts(150, 196) };
const options: FitOptions = {
  design: { layers: [8, 6, 2, 6, 8], activation: "tanh" },
  window,
  seed: 1,
  batchSize: 16,
  learningRate: 0.01,
  maxEpochs: 30,
  patience: 6,
  maxLeftOutShare: 0.05,
  onProgress: () => {},
  signal: undefined,
};
const identity = fingerprint({ frames, settings: { seed: 1 } });
const at = (path: string, owner = identity): ReturnType<typeof fileCheckpoint> =>
  fileCheckpoint(path, owner, 0);

/** Trains until the process would have died, in the epoch after this one. */
async function trainUntil(epoch: number, checkpoint: Checkpoint): Promise<void> {
  const controller = new AbortController();
  const onProgress: FitOptions["onProgress"] = (progress) => {
    if (progress.epoch === epoch + 1) controller.abort(new Error("power cut"));
  };
  const { load, save } = checkpoint;
  const dying: Checkpoint = {
    load,
    save: async (fit, state) => (state.epoch <= epoch ? save(fit, state) : undefined),
  };
  const { signal } = controller;
  await expect(
    fitNetwork(frames, windows, { ...options, checkpoint: dying, onProgress, signal }),
  ).rejects.toThrow("power cut");
}

/** Trains to the end and tells which epoch came first. */
async function firstEpoch(checkpoint: Checkpoint): Promise<number | undefined> {
  const epochs: number[] = [];
  const onProgress: FitOptions["onProgress"] = ({ epoch }) => epochs.push(epoch);
  await fitNetwork(frames, windows, { ...options, checkpoint, onProgress });
  return epochs[0];
}

describe("checkpoint", () => {
  it.each([1, 4, 9])(
    "lets training go on after a power cut in epoch %i, to the same network",
    async (epoch) => {
      const whole = await fitNetwork(frames, windows, options);
      const path = join(tempFolder(), "training.checkpoint");
      await trainUntil(epoch, at(path));
      const epochs: number[] = [];
      const resumed = await fitNetwork(frames, windows, {
        ...options,
        checkpoint: at(path),
        onProgress: (progress) => epochs.push(progress.epoch),
      });
      expect(epochs[0]).toBe(epoch + 1);
      expect(resumed).toEqual(whole);
    },
  );

  it("holds the networks of a training that fits several, and fits none of them twice", async () => {
    const path = join(tempFolder(), "training.checkpoint");
    const seeds = [1, 2, 3];
    const learn = (seed: number, more: Partial<FitOptions> = {}) =>
      fitNetwork(frames, windows, { ...options, seed, ...more });
    const whole = [];
    for (const seed of seeds) whole.push(await learn(seed));
    const interrupted = at(path);
    await learn(1, { checkpoint: interrupted });
    await learn(2, { checkpoint: interrupted });
    const again = [];
    const epochs: number[][] = [];
    const resumed = at(path);
    for (const seed of seeds) {
      const seen: number[] = [];
      const onProgress: FitOptions["onProgress"] = ({ epoch }) => seen.push(epoch);
      again.push(await learn(seed, { checkpoint: resumed, onProgress }));
      epochs.push(seen);
    }
    expect(again).toEqual(whole);
    expect(epochs.map(([first]) => first)).toEqual([undefined, undefined, 1]);
  });

  it("is passed over when it belongs to other data or settings, and when it is damaged", async () => {
    const path = join(tempFolder(), "training.checkpoint");
    await trainUntil(3, at(path));
    const content = await readFile(path);
    expect(await firstEpoch(at(path))).toBe(4);
    await writeFile(path, content);
    expect(await firstEpoch(at(path, fingerprint({ frames, settings: { seed: 2 } })))).toBe(1);
    await writeFile(path, content);
    const others = await fitNetwork(frames, windows, {
      ...options,
      batchSize: 8,
      checkpoint: at(path),
    });
    expect(others).toEqual(await fitNetwork(frames, windows, { ...options, batchSize: 8 }));
    content[content.length - 9] = (content[content.length - 9] as number) ^ 1;
    await writeFile(path, content);
    expect(await firstEpoch(at(path))).toBe(1);
  });

  it("overwrites nothing that is not a checkpoint", async () => {
    const path = join(tempFolder(), "model.onnx");
    await writeFile(path, "something dear");
    await expect(
      fitNetwork(frames, windows, { ...options, checkpoint: at(path) }),
    ).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(path) });
    expect(await readFile(path, "utf8")).toBe("something dear");
  });

  it("is written every few seconds, not every epoch", async () => {
    const path = join(tempFolder(), "training.checkpoint");
    await fitNetwork(frames, windows, { ...options, checkpoint: fileCheckpoint(path, identity) });
    expect(existsSync(path)).toBe(false); // it took less than that
  });

  it("can be removed, also when it was never written", async () => {
    const path = join(tempFolder(), "training.checkpoint");
    await at(path).remove();
    await trainUntil(2, at(path));
    await at(path).remove();
    expect(existsSync(path)).toBe(false);
  });
});

describe("fingerprint", () => {
  const job = { table: { values: Float64Array.of(1, 2) }, tags: [{ name: "a" }], seed: 1 };
  const hex = (value: unknown): string => Buffer.from(fingerprint(value)).toString("hex");

  it("is the same for the same data, and for options that are left out or undefined", () => {
    expect(hex({ ...job, table: { values: Float64Array.of(1, 2) }, clip: undefined })).toBe(
      hex(job),
    );
  });

  it.each([
    ["a value", { ...job, table: { values: Float64Array.of(1, 3) } }],
    ["a row less", { ...job, table: { values: Float64Array.of(1) } }],
    ["a tag", { ...job, tags: [{ name: "b" }] }],
    ["a setting", { ...job, seed: 2 }],
    ["a setting of another type", { ...job, seed: "1" }],
    ["a setting more", { ...job, clip: 10 }],
  ])("is another for %s", (_, other) => {
    expect(hex(other)).not.toBe(hex(job));
  });
});
