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
    save: async (state) => (state.epoch <= epoch ? save(state) : undefined),
  };
  const { signal } = controller;
  await expect(
    fitNetwork(frames, windows, { ...options, checkpoint: dying, onProgress, signal }),
  ).rejects.toThrow("power cut");
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

  it("is passed over when it belongs to other data or settings, and when it is damaged", async () => {
    const path = join(tempFolder(), "training.checkpoint");
    await trainUntil(3, at(path));
    expect(await at(path).load()).toMatchObject({ epoch: 3 });
    const others = [
      { frames, settings: { seed: 2 } },
      { frames: frames.slice(2), settings: { seed: 1 } },
    ];
    for (const other of others) {
      expect(await at(path, fingerprint(other)).load()).toBeUndefined();
    }
    const content = await readFile(path);
    content[content.length - 9] = (content[content.length - 9] as number) ^ 1;
    await writeFile(path, content);
    expect(await at(path).load()).toBeUndefined();
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
    expect(await at(path).load()).toBeUndefined();
  });

  it("can be removed, also when it was never written", async () => {
    const path = join(tempFolder(), "training.checkpoint");
    await at(path).remove();
    await trainUntil(2, at(path));
    await at(path).remove();
    expect(await at(path).load()).toBeUndefined();
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
