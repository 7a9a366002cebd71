import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { machineFrames } from "../machine-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { writeTrace } from "../trace-file.ts";
import { cli, runCli } from "./run-cli.ts";

const TIMEOUT_MS = 120_000;

it("wheeltapper train: Ctrl-C leaves no model but what was reached, and the same command goes on from there", {
  timeout: TIMEOUT_MS,
}, async () => {
  const folder = tempFolder();
  const path = (name: string): string => join(folder, name);
  writeTrace(path("normal.csv"), machineFrames(15_000));
  const words = (name: string): string[] => [
    ...["train", path("normal.csv"), "--out", path(name), "--name", "pump"],
    ...["--checkpoint", path("reached.ckpt")],
  ];
  const child = spawn(process.execPath, [cli, ...words("pump.onnx")], { stdio: "pipe" });
  const stderr = text(child.stderr);
  const closed = once(child, "close");
  await expect.poll(() => existsSync(path("reached.ckpt")), { timeout: TIMEOUT_MS / 3 }).toBe(true);
  child.kill("SIGINT");
  const [code] = await closed;
  expect({ code, stderr: await stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/training was stopped[\s\S]*it goes on from .*reached\.ckpt/),
  });
  expect(readdirSync(folder).toSorted()).toEqual(["normal.csv", "reached.ckpt"]);

  expect(await runCli(...words("resumed.onnx"))).toMatchObject({ code: 0 });
  expect(existsSync(path("reached.ckpt"))).toBe(false);
});
