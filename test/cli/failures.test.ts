import { readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { machineFrames } from "../machine-frames.ts";
import { folderOfFile } from "../temp-folder.ts";
import { writeTrace } from "../trace-file.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  writeTrace(path("normal.csv"), machineFrames(600));
  await runCli("train", path("normal.csv"), "--out", path("pump.onnx"), "--window", "8");
});

describe("what goes wrong", () => {
  const train = (trace: string): string[] => ["train", trace, "--out", path("no.onnx")];
  const score = (trace: string): string[] => [
    "score",
    path("pump.onnx"),
    trace,
    "--out",
    path("no.csv"),
  ];
  const wrong = [
    { what: "an empty trace", file: "", says: "wrong.csv", words: train },
    { what: "a trace without rows", file: "time,a\n", says: "got none", words: train },
    {
      what: "text in a number column",
      file: "time,a\n1,2\n2,hot\n",
      says: "wrong.csv:3",
      words: train,
    },
    {
      what: "time running backwards",
      file: "time,a\n2000,2\n1000,3\n",
      says: "wrong.csv:3",
      words: train,
    },
    { what: "too short a trace", file: "time,a\n1000,2\n2000,3\n", says: "at least", words: train },
    {
      what: "a missing tag",
      file: "time,current,pressure\n1,2,3\n",
      says: "temperature",
      words: score,
    },
    {
      what: "too short a trace to score",
      file: "time,current,pressure,temperature\n1,2,3,4\n",
      says: "8 frames",
      words: score,
    },
  ];
  it.each(wrong)(
    "$what: exit code 1, a message that says where, and no file",
    async ({ file, says, words }) => {
      const trace = path("wrong.csv");
      writeFileSync(trace, file);
      const { code, stderr, stdout } = await runCli(...words(trace), "--json");
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(says) });
      expect(JSON.parse(stdout).error.code).toMatch(
        /^(TRACE_INVALID|MODEL_MISMATCH|TRAINING_DATA_INSUFFICIENT)$/,
      );
      expect((await readdir(folder)).filter((name) => /^no\.|draft/.test(name))).toEqual([]);
    },
  );

  it("a model that is not one, or was cut off: exit code 1 and the file's name", async () => {
    writeFileSync(path("text.onnx"), "not a model");
    writeFileSync(path("cut.onnx"), readFileSync(path("pump.onnx")).subarray(0, 5_000));
    for (const name of ["text.onnx", "cut.onnx", "none.onnx"]) {
      const { code, stderr } = await runCli("score", path(name), path("normal.csv"));
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(name) });
    }
  });

  it("a folder that cannot be written to: exit code 1 and the path, before any work is done for nothing", async () => {
    const { code, stderr } = await runCli(
      "score",
      path("pump.onnx"),
      path("normal.csv"),
      "--out",
      path("missing/scores.csv"),
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("missing/scores.csv"),
    });
    // The trace is not even looked at: training for an hour and then failing to write would be worse.
    const train = await runCli("train", "not-there.csv", "--out", path("missing/pump.onnx"));
    expect({ code: train.code, stderr: train.stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("missing/pump.onnx"),
    });
  });

  it("scores and events in one file: exit code 2, and the file stays as it was", async () => {
    writeFileSync(path("one.csv"), "of yesterday");
    const words = ["score", path("pump.onnx"), path("normal.csv"), "--out", path("one.csv")];
    const { code, stderr } = await runCli(...words, "--events", `${folder}/./one.csv`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("one.csv") });
    expect(readFileSync(path("one.csv"), "utf8")).toBe("of yesterday");
    expect((await readdir(folder)).filter((name) => name.includes("draft"))).toEqual([]);
  });

  it.each([
    { words: ["score"], says: "missing required argument 'model'" },
    { words: ["train", "x.csv"], says: "--out" },
    {
      words: ["train", "x.csv", "--out", "m.onnx", "--windows", "8"],
      says: "unknown option '--windows'",
    },
    {
      words: ["train", "x.csv", "--out", "m.onnx", "--window", "0"],
      says: "whole number from 1 on",
    },
    { words: ["train", "x.csv", "--out", "m.onnx", "--period", "1"], says: "500ms" },
    { words: ["demo", "--for", "soon"], says: "duration" },
    { words: ["simulate", "--fault", "rust@3"], says: "bearing-wear" },
    { words: ["simulate", "--modbus-port", "70000"], says: "port" },
    { words: ["dance"], says: "unknown command 'dance'" },
  ])("wrong usage $words: exit code 2", async ({ words, says }) => {
    const { code, stderr } = await runCli(...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });

  it("traces with different columns: exit code 1, the file, and both lists", async () => {
    writeFileSync(path("other.csv"), "time,current\n1000,2\n2000,3\n");
    const { code, stderr } = await runCli(
      "train",
      path("normal.csv"),
      path("other.csv"),
      "--out",
      path("no.onnx"),
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /other\.csv: expected .*current, pressure, temperature; got current/,
      ),
    });
  });

  it("an ignored column that is not there: exit code 2 and the columns there are", async () => {
    const { code, stderr } = await runCli(
      "train",
      path("normal.csv"),
      "--out",
      path("no.onnx"),
      "--ignore",
      "label",
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/label.*current/s) });
  });
});
