import { describe, expect, it } from "vitest";
import type { ModelCard } from "../../../src/core/model-card.ts";
import { loadModel } from "../../../src/model/load-model.ts";
import type { Model } from "../../../src/model/model.ts";
import { decodeMetadata, encodeMetadataField } from "../../../src/model/onnx/schema.ts";
import { packModel } from "../../../src/model/pack/pack-model.ts";
import { openSession } from "../../../src/model/runtime.ts";
import { trainModel } from "../../../src/model/train-model.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { machineFrames, machineTags, windowOf } from "../../machine-frames.ts";
import { tempFolder } from "../../temp-folder.ts";
import { writeTrace } from "../../trace-file.ts";
import { fileWithFunction, kerasFile } from "./foreign-files.ts";
import { fixture, normalAndFaulty, packFor } from "./packing.ts";

const floats = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);

const far = (one: Float32Array, other: Float32Array): number =>
  one.reduce(
    (most, value, place) => Math.max(most, Math.abs(value - (other[place] ?? Number.NaN))),
    0,
  );

describe("packModel", () => {
  it.each([
    { file: "dense", what: "a PyTorch autoencoder with input [n, length, tags]" },
    {
      file: "dense-flat",
      what: "one with input [n, length * tags] and the names of our own graphs",
    },
    { file: "conv", what: "a convolutional one of opset 9" },
    { file: "lstm", what: "a recurrent one that leaves the length open", windowLength: 8 },
    { file: "lstm-fixed", what: "one that was exported for a single window" },
    { file: "error", what: "one that gives a score [n]" },
    { file: "signed-error", what: "one that gives a score [n, 1], negative in normal operation" },
  ])("takes $what", async ({ file, windowLength }) => {
    const model = await packFor(file, windowLength === undefined ? {} : { windowLength });
    const { normal, faulty } = await normalAndFaulty(model);
    expect(normal.verdict).toBe("normal");
    expect(Math.abs(normal.value)).toBeLessThan(3);
    expect(faulty.verdict).toBe("anomalous");
    expect(faulty.contributions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(model.card).toMatchObject({
      name: "pump",
      windowLength: 8,
      periodMs: 1000,
      tags: machineTags,
      provenance: { packedFrom: { producer: "pytorch 1.13.0" } },
    });
    await model.close();
  });

  it("takes a Keras model as tf2onnx writes it, with slashes and colons in its names", async () => {
    const model = await packFor(kerasFile());
    const { normal, faulty } = await normalAndFaulty(model);
    expect([normal.verdict, faulty.verdict]).toEqual(["normal", "anomalous"]);
    await model.close();
  });

  it("gives one window at a time to a graph that says it takes many and does not", async () => {
    const [dense, ofOne, error, loss] = await Promise.all(
      ["dense", "of-one", "error", "loss"].map((file) => packFor(file)),
    );
    const scores = async (model: Model | undefined): Promise<number> =>
      (await normalAndFaulty(model as Model)).faulty.value;
    expect(await scores(ofOne)).toBeCloseTo(await scores(dense), 3);
    expect(await scores(loss)).toBeCloseTo(await scores(error), 3);
    for (const model of [dense, ofOne, error, loss]) await model?.close();
  });

  it("gives the answers that the file gives on its own", async () => {
    for (const file of ["dense", "lstm-fixed", "conv"]) {
      const model = await packFor(file);
      const alone = await openSession(fixture(file), file);
      for (const { input, output } of model.card.golden) {
        const name = alone.inputs[0]?.name as string;
        const answers = await alone.run({ [name]: { data: floats(input), dimensions: [1, 8, 3] } });
        expect(far(Object.values(answers)[0]?.data as Float32Array, floats(output))).toBeLessThan(
          1e-5,
        );
      }
      await Promise.all([alone.release(), model.close()]);
    }
  });

  it("scores many windows at once as one by one, also for a graph that takes only one", async () => {
    const model = await packFor("lstm-fixed");
    const windows = Array.from({ length: 20 }, (_, place) =>
      windowOf(machineFrames(28, { seed: 5 }).slice(place, place + 8)),
    );
    const together = await model.score(windows);
    for (const [place, window] of windows.entries()) {
      const [alone] = await model.score([window]);
      expect(together[place]?.value).toBeCloseTo(alone?.value ?? Number.NaN, 4);
    }
    await model.close();
  });

  it("feeds a model that normalizes by itself with the tags' units", async () => {
    const model = await packFor("units", { normalizer: "none" });
    const { normal, faulty } = await normalAndFaulty(model);
    expect([normal.verdict, faulty.verdict]).toEqual(["normal", "anomalous"]);
    expect(model.card.provenance.validationLoss).toBeLessThan(0.05);
    const { actual, expected } = faulty.contributions[1] as { actual: number; expected: number };
    expect(Math.abs(actual - expected)).toBeLessThan(2); // in bar
    await model.close();
  });

  it("feeds a model with the scaler that it was trained with", async () => {
    const scaled = { center: [15, 4, 57], scale: [10, 2, 6] }; // to 0..1 over the range of each tag
    const [zeroToOne, units] = await Promise.all([
      packFor("zero-to-one", { normalizer: scaled }),
      packFor("units", { normalizer: "none" }),
    ]);
    const scores = await Promise.all([zeroToOne, units].map(normalAndFaulty));
    expect(scores[0]?.faulty.value).toBeCloseTo(scores[1]?.faulty.value ?? Number.NaN, 2);
    await Promise.all([zeroToOne.close(), units.close()]);
  });

  it("finds the tag behind a score that does not name one", async () => {
    const model = await packFor("error");
    const { normal, faulty } = await normalAndFaulty(model);
    const pressure = faulty.contributions.find(({ tag }) => tag === "pressure");
    expect(pressure?.share).toBeGreaterThan(0.5);
    expect(pressure?.actual).toBeGreaterThan(pressure?.expected ?? 0);
    expect(normal.contributions.map(({ share }) => share)).toEqual([1 / 3, 1 / 3, 1 / 3]);
    await model.close();
  });

  it("scores windows with a hole in them, too", async () => {
    for (const file of ["dense", "error"]) {
      const model = await packFor(file);
      const hole = windowOf(machineFrames(8, { seed: 9 }), (values) =>
        values.map((value, cell) => (cell % 3 === 2 ? Number.NaN : value)),
      );
      expect((await model.score([{ ...hole, coverage: 0.67 }]))[0]?.verdict).toBe("normal");
      await model.close();
    }
  });

  it("takes the output that it is told to, where a variational model has several", async () => {
    const [one, whole] = await Promise.all([
      packFor("variational", { output: "reconstruction" }),
      packFor("dense"),
    ]);
    expect(one.card.golden).toEqual(whole.card.golden);
    await Promise.all([one.close(), whole.close()]);
  });

  it("packs a model of our own again, and once more, without a change of what it reconstructs", async () => {
    const frames = machineFrames(300);
    const own = await trainModel(frames, {
      name: "own",
      tags: machineTags,
      windowLength: 8,
      maxEpochs: 3,
    });
    const once = await packFor(own.bytes);
    const twice = await packFor(once.bytes);
    expect(twice.card.golden).toEqual(once.card.golden);
    expect(twice.card.provenance.packedFrom).toEqual({
      producer: "wheeltapper",
      sha256: once.identity.sha256,
    });
    await Promise.all([own.close(), once.close(), twice.close()]);
  });

  it("gives a file that loads again, the same for the same file and frames", async () => {
    const [one, other] = await Promise.all([packFor("lstm-fixed"), packFor("lstm-fixed")]);
    expect(Buffer.from(one.bytes).equals(other.bytes)).toBe(true);
    const loaded = await loadModel(one.bytes);
    expect(await normalAndFaulty(loaded)).toEqual(await normalAndFaulty(one));
    await Promise.all([one.close(), other.close(), loaded.close()]);
  });

  it("keeps what others have written into the file", async () => {
    const author = { key: "author", value: "Ada" };
    const model = await packFor(Buffer.concat([fixture("dense"), encodeMetadataField(author)]));
    expect(decodeMetadata(model.bytes, "model")).toContainEqual(author);
    await model.close();
  });

  it("leaves out a fault in the recording of normal operation", async () => {
    const frames = machineFrames(600, { seed: 3 });
    const spoilt = frames.map((frame, row) => {
      const [current = 0, ...others] = frame.values;
      const burst = row >= 300 && row < 315 ? 30 : 0;
      return { ...frame, values: Float64Array.of(current + burst, ...others) };
    });
    const models = await Promise.all([packFor("dense"), packFor("dense", { normal: spoilt })]);
    const [clean, cleaned] = models.map(({ card }) => card) as [ModelCard, ModelCard];
    expect(cleaned.threshold).toBeLessThan(1.5 * clean.threshold);
    const choice = cleaned.choices?.find(({ setting }) => setting === "leftOutFrames");
    expect(Number(choice?.value)).toBeGreaterThanOrEqual(15);
    for (const model of models) await model.close();
  });

  it("sets the threshold by how often normal operation may raise an alarm", async () => {
    const [seldom, often] = await Promise.all([
      packFor("error"),
      packFor("error", { falseAlarmsPerDay: 1_000 }),
    ]);
    expect(often.card.threshold).toBeLessThan(seldom.card.threshold);
    await Promise.all([seldom.close(), often.close()]);
  });

  it("does not judge a machine that does not run", async () => {
    const frames = machineFrames(600, { seed: 3 }).map((frame, row) =>
      row % 200 < 40 ? { ...frame, values: Float64Array.of(0, 0, 30) } : frame,
    );
    const model = await packFor("dense", { normal: frames, running: "current > 5" });
    expect(model.card.running?.expression).toBe("current > 5");
    expect(model.card.provenance.trainingWindows).toBeLessThan(480);
    const { faulty } = await normalAndFaulty(model);
    expect(faulty.verdict).toBe("anomalous");
    await model.close();
  });

  it.each(["n", 1])("keeps the functions of a file for windows [%s, 8, 3]", async (windows) => {
    const model = await packFor(fileWithFunction(windows));
    for (const { input, output } of model.card.golden) {
      expect(far(floats(output), floats(input))).toBeLessThan(1e-5);
    }
    await model.close();
  });

  it("calibrates on a recording, with the tags in the order of the model", async () => {
    const trace = `${tempFolder()}/normal.csv`;
    const frames = machineFrames(600, { seed: 3 });
    writeTrace(trace, frames);
    const names = ["temperature", "pressure", "current"];
    const model = await packModel(fixture("dense"), {
      name: "pump",
      normal: traceSource(trace),
      tags: names.map((name) => ({ name })),
    });
    expect(model.card.tags.map(({ name }) => name)).toEqual(names);
    expect(model.card.provenance).toMatchObject({ frames: 600, trainingWindows: 593 });
    await model.close();
  });
});
