import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../../src/model/load-model.ts";
import type { Model } from "../../../src/model/model.ts";
import { readCard } from "../../../src/model/model-file.ts";
import { optimizeModel } from "../../../src/model/optimize/optimize-model.ts";
import type { OptimizeModelOptions } from "../../../src/model/optimize/optimize-options.ts";
import { saveModel } from "../../../src/model/save-model.ts";
import { trainModel } from "../../../src/model/train-model.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { machineFrames } from "../../machine-frames.ts";
import { folderOfFile } from "../../temp-folder.ts";
import { writeTrace } from "../../trace-file.ts";
import { packFor } from "../pack/packing.ts";
import { LENGTH, recording, scoresOf, training, trainLarge } from "./large-model.ts";

const folder = folderOfFile();
let model: Model;

beforeAll(async () => {
  model = await trainLarge();
}, 60_000);

describe("ORT format", () => {
  it("comes back from the disk with the same scores", async () => {
    const { model: fast, report } = await optimizeModel(model, {
      ort: true,
      calibration: recording,
    });
    const path = join(folder, "model.ort");
    await saveModel(fast, path);
    await fast.close();
    expect(report.calibration?.alarms.changedShare).toBe(0);
    expect(report).not.toHaveProperty("matrices");
    const loaded = await loadModel(path);
    expect(readFileSync(path).subarray(4, 8).toString()).toBe("ORTM");
    expect(loaded.card.version).toBe("1+ort");
    expect(loaded.card.provenance.optimizedFrom?.steps).toEqual(["ort"]);
    expect(await scoresOf(loaded)).toEqual(await scoresOf(model));
    await loaded.close();
  });

  it("goes with int8", async () => {
    const { model: both } = await optimizeModel(model, {
      int8: true,
      ort: true,
      calibration: recording,
    });
    expect(both.bytes.length).toBeLessThan(model.bytes.length / 2);
    expect(both.card.version).toBe("1+int8.ort");
    await both.close();
  });

  it.each(["conv", "lstm-fixed", "error"])(
    "takes %s, which was packed from another library",
    async (file) => {
      const packed = await packFor(file);
      const calibration = machineFrames(100, { seed: 3 });
      const { model: fast, report } = await optimizeModel(packed, { ort: true, calibration });
      expect(report.calibration?.alarms.changedShare).toBe(0);
      expect(fast.card.provenance.packedFrom).toEqual(packed.card.provenance.packedFrom);
      await fast.close();
      await packed.close();
    },
  );

  it("is refused when any byte was changed, or the end is missing", async () => {
    const { model: fast } = await optimizeModel(model, { ort: true });
    const { bytes } = fast;
    await fast.close();
    const refused = { code: "MODEL_INVALID" };
    for (let place = 8; place < bytes.length; place += 997) {
      const changed = Uint8Array.from(bytes);
      changed[place] = (changed[place] as number) ^ 0x10;
      expect(() => readCard(changed, "model"), `byte ${place}`).toThrow(
        expect.objectContaining(refused),
      );
    }
    for (const kept of [12, 200, bytes.length >> 1, bytes.length - 1]) {
      await expect(loadModel(bytes.slice(0, kept))).rejects.toMatchObject(refused);
    }
  });
});

describe("optimizeModel refuses", () => {
  it.each<[string, object, RegExp]>([
    ["no step at all", {}, /expected int8, ort or both, got neither/],
    ["a step that is no yes or no", { int8: "yes" }, /int8 must be true or false, got yes/],
    ["a share above 1", { ort: true, maxAlarmChange: 5 }, /a share from 0 to 1, got 5/],
    ["a path in place of a recording", { ort: true, calibration: "a.csv" }, /a source or frames/],
    ["an option that nobody knows", { ort: true, int16: true }, /no option "int16"/],
  ])("%s", async (_, options, message) => {
    await expect(optimizeModel(model, options as OptimizeModelOptions)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it("a recording that lacks a tag, has another period, other cells or no window", async () => {
    const short = recording.slice(0, LENGTH - 1);
    const slow = recording.map((frame) => ({ ...frame, periodMs: 2_000 }));
    const wide = recording.map((frame) => ({ ...frame, values: new Float64Array(4) }));
    const path = writeTrace(join(folder, "lacking.csv"), recording);
    const lacking = traceSource(path, { ignore: ["pressure"] });
    const refusal = (calibration: OptimizeModelOptions["calibration"] & object) =>
      optimizeModel(model, { ort: true, calibration }).catch(({ code, message }) => [
        code,
        message,
      ]);
    expect(await refusal(short)).toEqual(["TRACE_INVALID", expect.stringContaining("96 frames")]);
    expect(await refusal(slow)).toEqual(["MODEL_MISMATCH", expect.stringContaining("2000 ms")]);
    expect(await refusal(wide)).toEqual(["MODEL_MISMATCH", expect.stringContaining("3 cells")]);
    expect(await refusal(lacking)).toEqual(["MODEL_MISMATCH", expect.stringContaining("pressure")]);
  });

  it("a model that was optimized already", async () => {
    const { model: fast } = await optimizeModel(model, { ort: true });
    await expect(optimizeModel(fast, { int8: true })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringContaining("got one with ort already"),
    });
    await fast.close();
  });

  it("8 bits for matrices that the ORT format would unfold again", async () => {
    const small = await trainModel(machineFrames(400), {
      ...training,
      windowLength: 16,
      name: "small",
      hiddenLayers: [32],
    });
    await expect(optimizeModel(small, { int8: true, ort: true })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      hint: expect.stringContaining("Choose between int8 and ort"),
    });
    await small.close();
  });
});
