import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../src/math/random.ts";
import { decodeFloats, encodeFloats, loadModel } from "../../../src/model/load-model.ts";
import type { Model } from "../../../src/model/model.ts";
import { cardMetadata, sealModel } from "../../../src/model/model-file.ts";
import { decodeModel, encodeChanged } from "../../../src/model/onnx/schema.ts";
import { optimizeModel } from "../../../src/model/optimize/optimize-model.ts";
import { saveModel } from "../../../src/model/save-model.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { machineFrames, windowOf } from "../../machine-frames.ts";
import { folderOfFile } from "../../temp-folder.ts";
import { writeTrace } from "../../trace-file.ts";
import { packFor } from "../pack/packing.ts";
import { answer, graphOf } from "./graph-run.ts";
import {
  LENGTH,
  nervousModel,
  recording,
  scoresOf,
  trainLarge,
  WINDOWS,
  withCard,
} from "./large-model.ts";

const folder = folderOfFile();
let model: Model;

beforeAll(async () => {
  model = await trainLarge();
}, 60_000);

describe("int8", () => {
  it("makes the file three times smaller, and raises the same alarms", async () => {
    const { model: small, report } = await optimizeModel(model, {
      int8: true,
      calibration: recording,
    });
    expect(report.bytes).toEqual({ before: model.bytes.length, after: small.bytes.length });
    expect(small.bytes.length).toBeLessThan(model.bytes.length / 3);
    expect(report.matrices?.multiplied).toBeGreaterThanOrEqual(1);
    expect(report.answers.relative).toBeGreaterThan(0);
    expect(report.answers.relative).toBeLessThan(0.05);
    expect(report.threshold).toBe(model.card.threshold);
    const { windows, scores, alarms: raised } = report.calibration ?? {};
    expect(windows).toBe(WINDOWS);
    expect(scores?.correlation).toBeGreaterThan(0.99);
    expect(scores?.maxDifference).toBeGreaterThanOrEqual(Math.abs(scores?.meanDifference ?? 9));
    expect(raised?.before).toBeGreaterThan(0);
    expect(raised?.changedShare).toBeLessThanOrEqual(0.01);
    expect(Object.values(report.latency).every(Boolean)).toBe(true);
    await small.close();
  });

  it("is a model file of its own that says what it was made from", async () => {
    const { model: small } = await optimizeModel(model, { int8: true });
    const path = join(folder, "small.onnx");
    await saveModel(small, path);
    await small.close();
    const loaded = await loadModel(path);
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
    expect(loaded.identity).toEqual({ name: "machine", version: "1+int8", sha256: hash });
    const { optimizedFrom, ...provenance } = loaded.card.provenance;
    expect(provenance).toEqual(model.card.provenance);
    expect(optimizedFrom).toEqual({
      ...model.identity,
      steps: ["int8"],
      machine: expect.stringMatching(/^onnxruntime \d+\.\d+\.\d+, \w+ \w+$/),
    });
    const { calibration, threshold, tags } = model.card;
    expect(loaded.card).toMatchObject({ calibration, threshold, tags });
    expect(loaded.card.golden).not.toEqual(model.card.golden);
    const [before, after] = [await scoresOf(model), await scoresOf(loaded)];
    after.forEach((value, place) => {
      expect(value).toBeCloseTo(before[place] ?? Number.NaN, 0);
    });
    await loaded.close();
  });

  it("scores a window exactly the same alone and in any batch, beside windows full of spikes, too", async () => {
    const { model: small, report } = await optimizeModel(model, { int8: true });
    expect(report.matrices?.multiplied).toBe(2);
    const calm = windowOf(machineFrames(LENGTH, { seed: 9 }));
    const storm = windowOf(machineFrames(LENGTH, { seed: 9 }), (values) =>
      values.map((value) => 1_000 * value),
    );
    const [alone] = await small.score([calm]);
    const batch = [storm, calm, ...Array.from({ length: 40 }, () => storm)];
    const [, together] = await small.score(batch);
    expect(together?.value).toBe(alone?.value);
    await small.close();
  });

  it("finds a fault that goes far beyond what the layers can tell, and the tag that it is in", async () => {
    const { model: small } = await optimizeModel(model, { int8: true });
    const frames = machineFrames(LENGTH, { seed: 9 });
    const ofSize = (size: number) =>
      windowOf(frames, (values) =>
        values.map((value, cell) => (cell % 3 === 1 ? value + size : value)),
      );
    const windows = [0, 5, 50, 5_000].map(ofSize);
    const [before, after] = [await model.score(windows), await small.score(windows)];
    expect(before.map(({ verdict }) => verdict)).toEqual(["normal", ...Array(3).fill("anomalous")]);
    for (const [place, score] of after.entries()) {
      expect(score.verdict).toBe(before[place]?.verdict);
      const expected = before[place]?.value ?? Number.NaN;
      expect(Math.abs(score.value - expected)).toBeLessThan(0.2 + 0.05 * Math.abs(expected));
      if (place === 0) continue;
      const most = score.contributions.toSorted((a, b) => b.share - a.share)[0];
      expect(most?.tag).toBe("pressure");
    }
    await small.close();
  });

  it("is as it was made after it was saved, and made anew the same to the byte", async () => {
    const { model: small } = await optimizeModel(model, { int8: true });
    const path = join(folder, "again.onnx");
    await saveModel(small, path);
    const loaded = await loadModel(path); // replays the recorded windows
    expect(await scoresOf(loaded)).toEqual(await scoresOf(small));
    const again = await optimizeModel(model, { int8: true, calibration: recording });
    expect(again.model.identity.sha256).toBe(small.identity.sha256);
    for (const one of [small, loaded, again.model]) await one.close();
  });

  it("only stores matrices in 8 bits where steps would be coarse beside what is judged", async () => {
    const wide = await loadModel(
      withCard(model, (card) => ({
        ...card,
        // One wild value in training: the steps are a hundred times as large.
        sensors: (card.sensors ?? []).map((sensor) => ({ ...sensor, high: 1_000 })),
      })),
    );
    const { model: small, report } = await optimizeModel(wide, {
      int8: true,
      calibration: recording,
    });
    expect(report.matrices).toMatchObject({ multiplied: 0, stored: 4 });
    expect(report.answers.relative).toBeLessThan(0.01);
    await expect(optimizeModel(wide, { int8: true, ort: true })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringMatching(/cannot be multiplied in 8 bits: expected .* 25 %.* got/),
    });
    await small.close();
    await wide.close();
  });

  it("takes a model that was packed from another library", async () => {
    const wide = graphOf(3 * LENGTH, 3 * LENGTH, (graph, input) => {
      const random = createRandom(1);
      const matrix = (rows: number, columns: number): string =>
        graph.constant(
          Float32Array.from({ length: rows * columns }, () => 0.05 * random.normal()),
          [rows, columns],
        );
      const latent = graph.node("Sigmoid", [graph.node("MatMul", [input, matrix(3 * LENGTH, 64)])]);
      return graph.node("MatMul", [latent, matrix(64, 3 * LENGTH)]);
    });
    const packed = await packFor(wide);
    const { model: small, report } = await optimizeModel(packed, { int8: true });
    expect(report.matrices).toEqual({ multiplied: 2, stored: 0, left: 0 });
    expect(report.answers.relative).toBeLessThan(0.05);
    expect(small.card.provenance.packedFrom).toEqual(packed.card.provenance.packedFrom);
    await small.close();
    await packed.close();
  });

  it("says nothing of scores and alarms without a recording to compare on", async () => {
    const { model: small, report } = await optimizeModel(model, { int8: true });
    expect(report).not.toHaveProperty("calibration");
    expect(report.answers.windows).toBe(model.card.golden.length);
    await small.close();
  });

  it("compares on a source", async () => {
    const path = writeTrace(join(folder, "trace.csv"), recording);
    const options = { int8: true, calibration: traceSource(path) };
    const { model: small, report } = await optimizeModel(model, options);
    await small.close();
    const frames = await optimizeModel(model, { ...options, calibration: recording });
    await frames.model.close();
    expect(report.calibration).toEqual(frames.report.calibration);
  });

  it("is refused when more alarms change than may", async () => {
    const { model: small } = await optimizeModel(model, { int8: true });
    const nervous = await loadModel(await nervousModel(model, small));
    await small.close();
    const options = { int8: true, calibration: recording, maxAlarmChange: 0 };
    await expect(optimizeModel(nervous, options)).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringMatching(
        /expected another verdict for at most 0 % of 405 windows, got [\d.]+ % \(alarms before \d+, after \d+\)/,
      ),
    });
    await nervous.close();
  });

  it("is refused for a network that 8 bits would ruin", async () => {
    const onnx = decodeModel(model.bytes, "machine");
    const change = (name: string, how: (value: number, cell: number) => number): void => {
      const tensor = onnx.graph.initializer.find((one) => one.name === name);
      const values = new Float32Array(Uint8Array.from(tensor?.rawData ?? []).buffer).map(how);
      Object.assign(tensor ?? {}, { rawData: new Uint8Array(values.buffer) });
    };
    const cells = LENGTH * model.card.tags.length;
    // The first unit before the last layer outweighs all others, in every column, and never answers.
    change("parameter_6", (weight, cell) => (cell < cells ? 1e6 : 100 * weight));
    change("parameter_5", (bias, unit) => (unit === 0 ? -1e9 : bias));
    const window = decodeFloats(model.card.golden[0]?.input ?? "");
    const output = await answer(encodeChanged(onnx), window, window.length);
    const golden = [{ input: encodeFloats(window), output: encodeFloats(output) }];
    onnx.metadataProps = [cardMetadata({ ...model.card, golden })];
    const uneven = await loadModel(sealModel(encodeChanged(onnx)));
    await expect(optimizeModel(uneven, { int8: true })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringMatching(
        /expected answers within 10 % of those before, got \d+.* % off/,
      ),
    });
    await uneven.close();
  });
});
