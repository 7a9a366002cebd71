import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/model/load-model.ts";
import { machineFrames } from "../machine-frames.ts";
import { folderOfFile } from "../temp-folder.ts";
import { withFault, writeTrace } from "../trace-file.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = (name: string): string => join(folder, name);
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
const pack = (model: string, ...words: readonly string[]): ReturnType<typeof runCli> =>
  runCli("pack", fixture(model), "--trace", path("normal.csv"), ...words);

beforeAll(() => {
  writeTrace(path("normal.csv"), machineFrames(600, { seed: 3 }));
  writeTrace(path("faulty.csv"), withFault(machineFrames(200, { seed: 7 }), 80, 110));
});

describe("wheeltapper pack", () => {
  it("makes a model that inspect shows and score runs", async () => {
    const packed = await pack("lstm", "--window", "8", "--out", path("pump.onnx"), "--json");
    expect(packed).toMatchObject({ code: 0, stderr: "" });
    const model = await loadModel(path("pump.onnx"));
    expect(JSON.parse(packed.stdout)).toMatchObject({
      out: path("pump.onnx"),
      sha256: model.identity.sha256,
      tags: ["current", "pressure", "temperature"],
      periodMs: 1000,
      windowLength: 8,
      output: "reconstruction",
      packedFrom: { producer: "pytorch 1.13.0" },
    });
    expect(model.card.name).toBe("pump");
    await model.close();

    const inspected = await runCli("inspect", path("pump.onnx"));
    expect(inspected.stdout).toMatch(
      /^packed from a file of pytorch 1\.13\.0, sha256 [0-9a-f]{64}$/m,
    );
    expect(inspected.stdout).toMatch(/^calibrated on 593 windows, 600 frames/m);
    expect(inspected.stdout).not.toMatch(/undefined|NaN/);

    const scored = await runCli("score", path("pump.onnx"), path("faulty.csv"), "--json");
    expect(JSON.parse(scored.stdout)).toMatchObject({ windows: 193, events: 1 });
  });

  it("says what came out, also of a model that gives a score of its own", async () => {
    const { stdout } = await pack("error", "--name", "alarm", "--out", path("error.onnx"));
    expect(stdout).toMatch(/packed from a file of pytorch 1\.13\.0, which gives a score/);
    expect(stdout).toMatch(/a window is anomalous from a score of \d+\.\d\d on\n$/);
    const inspected = await runCli("inspect", path("error.onnx"));
    expect(inspected.stdout).toContain('model "alarm" version 1');
    expect(inspected.stdout).toContain("gives a score of its own");
  });

  it("reads the scaler that the model was trained with from a JSON file", async () => {
    writeFileSync(path("scaler.json"), JSON.stringify({ center: [15, 4, 57], scale: [10, 2, 6] }));
    const words = ["zero-to-one", "--out", path("scaled.onnx")];
    const right = await pack(...(words as [string]), "--normalizer", path("scaler.json"));
    expect(right).toMatchObject({ code: 0, stderr: "" });
    expect(right.stdout).toMatch(/off by \d % of what the tags move/);
  });

  it("warns of a model that reconstructs worse than a mean would, as with another scaling", async () => {
    const { code, stderr } = await pack("units", "--out", path("wrong.onnx"));
    expect(code).toBe(0);
    expect(stderr).toContain("warning: the mean of each tag would be a better reconstruction");
  });

  it("takes the tags in the order of the model, and leaves out columns", async () => {
    const order = ["--tags", "temperature,pressure,current", "--stride", "2", "--period", "1s"];
    const words = [...order, "--running", "always", "--false-alarms-per-day", "1/30"];
    const { stdout } = await pack("dense", "--out", path("order.onnx"), ...words, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      tags: ["temperature", "pressure", "current"],
      stride: 2,
    });
    const { code, stderr } = await pack("dense", "--out", path("few.onnx"), "--ignore", "current");
    expect(code).toBe(1);
    expect(stderr).toContain("for 2 tags; got x [n, 8, 3]");
  });

  it("leaves no file behind for a model that it refuses, and says why", async () => {
    const refused = await pack("two-inputs", "--out", path("none.onnx"), "--json");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "MODEL_MISMATCH" } });
    await expect(loadModel(path("none.onnx"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });

  it("refuses a file that is too large before reading it, or is not there", async () => {
    const large = await pack("dense", "--out", path("none.onnx"), "--max-bytes", "100");
    expect(large.stderr).toMatch(/dense\.onnx: expected a file of 100 bytes at most, got 1654/);
    const missing = await pack("no-such-model", "--out", path("none.onnx"));
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain("no-such-model.onnx");
  });

  it("shows an example in its help", async () => {
    expect((await runCli("pack", "--help")).stdout).toMatch(/Example: wheeltapper pack/);
  });
});
