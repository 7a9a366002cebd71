import { NEVER, of } from "rxjs";
import { describe, expect, it } from "vitest";
import { trainModel } from "../../src/model/train-model.ts";
import { readFrames } from "../../src/model/training-frames.ts";
import type { TrainingData } from "../../src/model/training-options.ts";
import type { Source } from "../../src/sources/source.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";

const options = { name: "machine", tags: machineTags, windowLength: 8, maxEpochs: 2 };
/** A device that never says anything: what is refused with it was refused before anything was read. */
const silent: Source = { name: "plc", tags: machineTags, readings: NEVER, status: of() };

describe("options of trainModel", () => {
  it.each([
    { wrong: { name: "" }, shows: 'name must be a text that is not empty, got ""' },
    { wrong: { name: undefined }, shows: "name must be a text that is not empty, got undefined" },
    { wrong: { version: 2 }, shows: "version must be a text that is not empty, got 2" },
    { wrong: { seed: 0.5 }, shows: "seed must be a whole number, got 0.5" },
    { wrong: { seed: 2 ** 53 }, shows: "seed must be a whole number" },
    {
      wrong: { normalizer: "minmax" },
      shows: "normalizer must be one of auto, standard, robust, got minmax",
    },
    { wrong: { hiddenLayers: 8 }, shows: "hiddenLayers must be an array of layer sizes, got 8" },
    { wrong: { hiddenLayers: [8, 0] }, shows: "hiddenLayers[1] must be a whole number from 1" },
    { wrong: { windowLength: 0 }, shows: "windowLength must be a whole number from 1 on, got 0" },
    { wrong: { clip: Number.NaN }, shows: "clip must be a number above zero, got NaN" },
    { wrong: { periodMs: -1 }, shows: "periodMs must be a number above zero, got -1" },
    { wrong: { watchMs: 0 }, shows: "watchMs must be a number above zero, got 0" },
    { wrong: { tags: [] }, shows: "tags must hold one or more tags, got none" },
    {
      wrong: { tags: [{ name: "" }] },
      shows: 'tags: name must be a text that is not empty, got ""',
    },
    {
      wrong: { tags: [{ name: "current" }, { name: "current" }] },
      shows: 'tags: name must be unique, got "current" twice',
    },
    {
      wrong: { tags: [{ name: "current", range: [10, 0] }] },
      shows: 'tags: range of "current" must go from low to high, got 10 to 0',
    },
    { wrong: { tags: [{ name: "current", range: [5, 5] }] }, shows: "got 5 to 5" },
    {
      wrong: { tags: [{ name: "current" }, { name: "flow" }] },
      shows: 'tags must be tags of plc (current, pressure, temperature), got "flow"',
    },
  ])("are refused before anything is read: $shows", async ({ wrong, shows }) => {
    const refused = trainModel(silent, { ...options, ...(wrong as object) });
    await expect(refused).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/^trainModel: /),
    });
    await expect(refused).rejects.toThrow(shows);
  });

  it.each([
    { data: "normal.csv", got: '"normal.csv"' },
    { data: undefined, got: "undefined" },
    { data: null, got: "null" },
    { data: { readings: [] }, got: "an object" },
  ])("data that is none is refused: $got", async ({ data, got }) => {
    await expect(trainModel(data as unknown as TrainingData, options)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(new RegExp(`^trainModel: data must be .*got ${got}$`)),
    });
  });

  it("take their default where they are undefined", async () => {
    const left = { version: undefined, seed: undefined, clip: undefined, stride: undefined };
    const explicit = { ...options, ...left, hiddenLayers: undefined, periodMs: undefined };
    const [model, same] = [
      await trainModel(machineFrames(300), explicit as unknown as typeof options),
      await trainModel(machineFrames(300), options),
    ];
    expect(model.identity).toEqual(same.identity);
  });
});

describe("options of readFrames", () => {
  it.each([{ periodMs: -1 }, { periodMs: 0 }, { watchMs: -1 }, { watchMs: Number.NaN }])(
    "are refused before anything is read: %o",
    async (wrong) => {
      await expect(readFrames(silent, wrong)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(/^readFrames: (periodMs|watchMs) must be a number above/),
      });
    },
  );
});
