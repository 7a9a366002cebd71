import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ModelCard } from "../../src/core/model-card.ts";
import { loadModel } from "../../src/model/load-model.ts";
import { createModel, type Model } from "../../src/model/model.ts";
import { cardMetadata, sealModel } from "../../src/model/model-file.ts";
import { encodeNetwork, initialParameters } from "../../src/model/onnx/network.ts";
import type { OnnxSession, TensorData } from "../../src/model/runtime.ts";
import { saveModel } from "../../src/model/save-model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";

let folder: string;
let model: Model;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "models-"));
  model = await trainModel(machineFrames(300), {
    name: "machine",
    tags: machineTags,
    windowLength: 8,
    maxEpochs: 3,
  });
  path = join(folder, "model.onnx");
  await saveModel(model, path);
});

/** A sealed file with this card around a network of `cells` inputs. */
const fileWith = (card: object, cells = 24): Uint8Array => {
  const design = { layers: [cells, 4, cells], activation: "tanh" } as const;
  return sealModel(
    encodeNetwork(design, initialParameters(design, 1), [cardMetadata(card as ModelCard)]),
  );
};

const aSensor = {
  low: 0,
  high: 1,
  changeShare: 1,
  longestUnchanged: 0,
  largestStep: 1,
  steadyNoise: 0.1,
  longestMissing: 0,
};

describe("model file", () => {
  it("may be of a time when nothing was learnt of sensors and holes", async () => {
    const { sensors: _, calibration, ...older } = model.card;
    const { missingRise: __, ...figures } = calibration;
    const file = fileWith({ ...older, calibration: figures, golden: [] });
    const loaded = await loadModel(file);
    expect(loaded.card).not.toHaveProperty("sensors");
    const window = windowOf(machineFrames(8), (values) =>
      values.map((value, cell) => (cell % 3 === 0 ? Number.NaN : value)),
    );
    expect((await loaded.score([window]))[0]?.threshold).toBe(model.card.threshold);
    await loaded.close();
  });

  it("comes back from the disk with the same card, identity and scores", async () => {
    const loaded = await loadModel(path);
    expect(loaded.card).toEqual(model.card);
    expect(loaded.identity).toEqual(model.identity);
    const windows = [windowOf(machineFrames(8, { seed: 5 }))];
    expect(await loaded.score(windows)).toEqual(await model.score(windows));
  });

  it("leaves nothing behind but the file, and nothing at all where it cannot write", async () => {
    expect(await readdir(folder)).toEqual(["model.onnx"]);
    await expect(saveModel(model, join(folder, "missing", "model.onnx"))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: expect.stringContaining("missing"),
    });
  });

  it("is refused when it is missing, no ONNX file, or an ONNX file without a card", async () => {
    await expect(loadModel(join(folder, "none.onnx"))).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
    const text = join(folder, "text.onnx");
    await writeFile(text, "this is not a model");
    await expect(loadModel(text)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: /text\.onnx: expected an ONNX file/,
    });
    const design = { layers: [2, 2], activation: "tanh" } as const;
    const plain = encodeNetwork(design, initialParameters(design, 1), []);
    await expect(loadModel(plain)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: /without/,
    });
  });

  it("is refused when it was cut off anywhere, or one bit of it changed", async () => {
    const bytes = await readFile(path);
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      await expect(loadModel(cut)).rejects.toMatchObject({ code: "MODEL_INVALID" });
    }
    for (const share of [0.3, 0.6, 0.95]) {
      const changed = Buffer.from(bytes);
      const place = Math.floor(bytes.length * share);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await expect(loadModel(changed)).rejects.toMatchObject({ code: "MODEL_INVALID" });
    }
  });

  it("is refused with expected and got when it does not fit what it is to be fed with", async () => {
    const names = machineTags.map(({ name }) => name);
    await expect(
      loadModel(path, { expected: { tags: names, periodMs: 1000, windowLength: 8 } }),
    ).resolves.toBeDefined();
    const wrong = [
      {
        expected: { tags: ["current", "temperature"] },
        shows: "[current, temperature], the model was trained for [current, pressure, temperature]",
      },
      { expected: { tags: ["current,pressure", "temperature"] }, shows: "[current,pressure, temp" },
      { expected: { tags: names.toReversed() }, shows: "[temperature, pressure, current]" },
      { expected: { periodMs: 500 }, shows: "500 ms, the model was trained for 1000 ms" },
      { expected: { windowLength: 9 }, shows: "9 frames, the model was trained for 8 frames" },
    ];
    for (const { expected, shows } of wrong) {
      await expect(loadModel(path, { expected })).rejects.toMatchObject({
        code: "MODEL_MISMATCH",
        message: expect.stringContaining(shows),
      });
    }
  });

  it("is refused when the graph, the card's layout, or the recorded outputs do not fit", async () => {
    const { card } = model;
    await expect(loadModel(fileWith({ ...card, golden: [] }, 20))).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: /expected a graph windows \[n, 24\].*got windows \[n, 20\]/,
    });
    await expect(loadModel(fileWith({ ...card, format: 2 }))).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: /expected a model card of format 1, got 2/,
    });
    await expect(loadModel(fileWith({ ...card, threshold: "high" }))).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: /threshold/,
    });
    await expect(
      loadModel(fileWith({ ...card, normalizer: { ...card.normalizer, center: [1] } })),
    ).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: /one number per tag/,
    });
    await expect(loadModel(fileWith(card))).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: /recorded output/,
    });
  });

  it.each([
    { what: "threshold", change: { threshold: 0 } },
    { what: "a name of its own", change: { tags: [{ name: "a" }, { name: "b" }, { name: "a" }] } },
    {
      what: "low to high",
      change: { tags: [{ name: "a", range: [5, 5] }, { name: "b" }, { name: "c" }] },
    },
    { what: "one float32 per cell", change: { golden: [{ input: "AAAA", output: "AAAA" }] } },
    { what: "one float32 per cell", change: { golden: [{ input: "", output: "" }] } },
    { what: "one sensor per tag, or none", change: { sensors: [{ ...aSensor }] } },
    { what: "low to high", change: { sensors: Array(3).fill({ ...aSensor, low: 2 }) } },
  ])("is refused when its card is wrong: $what", async ({ what, change }) => {
    await expect(loadModel(fileWith({ ...model.card, ...change }))).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining(what),
    });
  });
});

describe("model", () => {
  it("scores a window the same alone and in company", async () => {
    const frames = machineFrames(40, { seed: 3 });
    const windows = Array.from({ length: 32 }, (_, start) =>
      windowOf(frames.slice(start, start + 8)),
    );
    const together = await model.score(windows);
    for (const [place, window] of windows.entries()) {
      const [alone] = await model.score([window]);
      expect(alone?.value).toBeCloseTo(together[place]?.value ?? Number.NaN, 4);
    }
  });

  it("says insufficient data below the least coverage, and nothing else", async () => {
    const window = windowOf(machineFrames(8));
    const scores = await model.score([{ ...window, coverage: 0.4 }, window]);
    expect(scores[0]).toEqual({
      endMs: window.endMs,
      value: Number.NaN,
      threshold: model.card.threshold,
      verdict: "insufficient-data",
      coverage: 0.4,
      contributions: [],
    });
    expect(scores[1]?.verdict).toBe("normal");
  });

  it("leaves a missing tag out of the score instead of taking it for strange", async () => {
    const window = windowOf(machineFrames(8), (values) =>
      values.map((value, cell) => (cell % 3 === 1 ? Number.NaN : value)),
    );
    const [score] = await model.score([{ ...window, coverage: 2 / 3 }]);
    expect(score?.verdict).toBe("normal");
    expect(score?.contributions[1]).toMatchObject({
      tag: "pressure",
      share: 0,
      actual: Number.NaN,
    });
  });

  it("takes an infinite cell for an unknown one", async () => {
    const withCell = (cell: number): ReturnType<typeof windowOf> =>
      windowOf(machineFrames(8), (values) => values.with(4, cell));
    const [unknown, infinite] = await model.score([withCell(Number.NaN), withCell(-1 / 0)]);
    expect(infinite).toEqual(unknown);
  });

  it("says so when the runtime fails or answers with something that is no number", async () => {
    const session = (run: () => Promise<Record<string, TensorData>>): OnnxSession => ({
      inputs: [],
      outputs: [],
      run,
      release: async () => {},
    });
    const nan = { data: new Float32Array(24).fill(Number.NaN), dimensions: [1, 24] };
    const windows = [windowOf(machineFrames(8))];
    for (const run of [
      () => Promise.reject(new Error("out of memory")),
      async () => ({ reconstruction: nan }),
    ]) {
      const broken = createModel(model.card, model.identity, model.bytes, session(run));
      await expect(broken.score(windows)).rejects.toMatchObject({ code: "SCORING_FAILED" });
    }
  });

  it("refuses windows of another shape", async () => {
    await expect(model.score([windowOf(machineFrames(7))])).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: /expected windows of 8 frames x 3 tags, got 7 x 3/,
    });
  });
});
