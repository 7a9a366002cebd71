import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
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
import { answer } from "./graph-run.ts";
import { LENGTH, nervousModel, recording, scoresOf, trainLarge, WINDOWS } from "./large-model.ts";

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

  it("scores a window the same alone and beside a window full of spikes", async () => {
    const { model: small } = await optimizeModel(model, { int8: true });
    const calm = windowOf(machineFrames(LENGTH, { seed: 9 }));
    const storm = windowOf(machineFrames(LENGTH, { seed: 9 }), (values) =>
      values.map((value) => 1_000 * value),
    );
    const [alone] = await small.score([calm]);
    const [together] = await small.score([calm, storm]);
    expect(together?.value).toBeCloseTo(alone?.value ?? Number.NaN, 3);
    await small.close();
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
