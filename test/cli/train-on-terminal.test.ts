import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { machineFrames } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { writeTrace } from "../trace-file.ts";
import { cli } from "./run-cli.ts";

const HANGS_AFTER_MS = 30_000;

/** A terminal, and a machine that has room for training, which has a thread of its own, but not for the model after it. */
const SETTING = `
  import { isMainThread } from "node:worker_threads";
  import ort from ${JSON.stringify(import.meta.resolve("onnxruntime-node"))};
  process.stderr.isTTY = true;
  const create = ort.InferenceSession.create;
  ort.InferenceSession.create = (...of) => {
    if (isMainThread) throw new Error("no memory left");
    return create(...of);
  };
`;

it("wheeltapper train: takes its progress bar away and ends when training fails", {
  timeout: 2 * HANGS_AFTER_MS,
}, async () => {
  const folder = tempFolder();
  const trace = writeTrace(join(folder, "normal.csv"), machineFrames(600));
  const setting = join(folder, "setting.mjs");
  writeFileSync(setting, SETTING);
  const words = ["train", trace, "--out", join(folder, "pump.onnx"), "--window", "8"];
  const args = ["--import", pathToFileURL(setting).href, cli, ...words];
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, args, { timeout: HANGS_AFTER_MS }, (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect(stderr).toMatch(/training .*held out/);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("no memory left") });
});
