import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/model/load-model.ts";
import { optimizeModel } from "../../src/model/optimize/optimize-model.ts";
import { saveModel } from "../../src/model/save-model.ts";
import { nervousModel, recording, trainLarge, WINDOWS } from "../model/optimize/large-model.ts";
import { folderOfFile } from "../temp-folder.ts";
import { writeTrace } from "../trace-file.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  const model = await trainLarge();
  const { model: small } = await optimizeModel(model, { int8: true });
  writeFileSync(path("nervous.onnx"), await nervousModel(model, small));
  await small.close();
  await saveModel(model, path("pump.onnx"));
  await model.close();
  writeTrace(path("week.csv"), recording);
}, 60_000);

describe("wheeltapper optimize", () => {
  it("writes a smaller model that the other commands take, and ends with one JSON object", async () => {
    const words = ["optimize", path("pump.onnx"), "--out", path("small.onnx"), "--int8"];
    const { code, stdout } = await runCli(...words, "--trace", path("week.csv"), "--json");
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    const small = await loadModel(path("small.onnx"));
    expect(result).toMatchObject({
      out: path("small.onnx"),
      ...small.identity,
      version: "1+int8",
      bytes: {
        before: readFileSync(path("pump.onnx")).length,
        after: readFileSync(path("small.onnx")).length,
      },
      calibration: { windows: WINDOWS, alarms: { changedShare: expect.closeTo(0, 1) } },
      optimizedFrom: { name: "machine", version: "1", steps: ["int8"] },
    });
    expect(result.bytes.after).toBeLessThan(result.bytes.before);
    await small.close();
    const scored = await runCli("score", path("small.onnx"), path("week.csv"), "--json");
    expect(JSON.parse(scored.stdout)).toMatchObject({
      windows: WINDOWS,
      anomalous: result.calibration.alarms.after,
    });
  });

  it("writes ONNX Runtime's format, and says that nothing is known of the alarms", async () => {
    const words = ["optimize", path("pump.onnx"), "--out", path("pump.ort"), "--ort"];
    const { code, stdout } = await runCli(...words);
    expect(code).toBe(0);
    expect(stdout).toContain("nothing is known of scores and alarms: compare on a recording");
    expect(stdout).toMatch(/256 windows +[\d.]+ +[\d.]+/);
    const inspected = await runCli("inspect", path("pump.ort"));
    expect(inspected).toMatchObject({ code: 0 });
    expect(inspected.stdout).toContain('model "machine" version 1+ort');
  });

  it("writes nothing where it refuses", async () => {
    const words = ["optimize", path("pump.onnx"), "--out", path("none.onnx")];
    const neither = await runCli(...words);
    expect(neither).toMatchObject({ code: 2 });
    expect(neither.stderr).toContain("expected int8, ort or both, got neither");
    const [, , ...out] = words;
    const changing = await runCli(
      ...["optimize", path("nervous.onnx"), ...out, "--int8", "--json"],
      ...["--trace", path("week.csv"), "--max-change", "0%"],
    );
    expect(changing).toMatchObject({ code: 1 });
    expect(JSON.parse(changing.stdout)).toMatchObject({
      error: { code: "MODEL_MISMATCH", message: expect.stringContaining("another verdict") },
    });
    const blind = await runCli(...words, "--int8", "--max-change", "1%");
    expect(blind).toMatchObject({ code: 2 });
    expect(blind.stderr).toContain("--max-change: expected a trace to compare on");
    const share = await runCli(...words, "--int8", "--max-change", "200%");
    expect(share).toMatchObject({ code: 2 });
    expect(share.stderr).toContain("Expected a share such as 1% or 0.01, got 200%");
    expect(existsSync(path("none.onnx"))).toBe(false);
  });
});
