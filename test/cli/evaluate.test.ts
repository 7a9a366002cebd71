import { readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { folderOfFile } from "../temp-folder.ts";
import { withFault, writeTrace } from "../trace-file.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = (name: string): string => join(folder, name);

/** A trace of the small machine with a column of labels. */
function writeLabelled(
  name: string,
  frames: readonly Frame[],
  labels: (row: number) => string,
): void {
  const header = ["time", ...machineTags.map((tag) => tag.name), "fault"].join(",");
  const rows = frames.map(({ timeMs, values }, row) => [timeMs, ...values, labels(row)].join(","));
  writeFileSync(path(name), `${[header, ...rows].join("\n")}\n`);
}

beforeAll(async () => {
  writeTrace(path("normal.csv"), machineFrames(600));
  const faulty = withFault(machineFrames(400, { seed: 7 }), 200, 240);
  writeLabelled("labelled.csv", faulty, (row) => (row >= 200 && row < 240 ? "1" : "0"));
  writeLabelled("words.csv", faulty, (row) => (row >= 200 && row < 240 ? "yes" : "no"));
  writeLabelled("grades.csv", faulty, (row) => (row === 210 ? "2" : "0"));
  writeFileSync(path("short.csv"), "time,current,temperature,fault\n1000,2,3,0\n2000,2,3,0\n");
  const train = (out: string, trace: string, ...words: string[]) =>
    runCli("train", path(trace), "--out", path(out), "--window", "8", ...words);
  await train("pump.onnx", "normal.csv");
  await train("half.onnx", "normal.csv", "--ignore", "pressure");
  await train("leaky.onnx", "labelled.csv");
});

describe("wheeltapper evaluate", () => {
  it("finds the fault, raises nothing else, and is ahead of both that never look", async () => {
    const words = ["evaluate", path("pump.onnx"), path("labelled.csv"), "--label", "fault"];
    const { code, stdout } = await runCli(...words, "--json");
    expect(code).toBe(0);
    const { models, dummies } = JSON.parse(stdout);
    expect(models).toMatchObject([
      {
        name: "pump",
        quality: { events: 1, detected: 1, falseAlarms: 0 },
        events: [{ isLabelled: true, tag: "current" }],
      },
    ]);
    expect(dummies.map(({ name }: { name: string }) => name)).toEqual([
      "random score",
      "alarm from half-time",
    ]);
    for (const { quality } of dummies) {
      expect(models[0].quality.f1).toBeGreaterThan(quality.f1);
      expect(models[0].quality.aucRoc).toBeGreaterThan(quality.aucRoc);
    }
  });

  it("sets models side by side, and writes a page that stands alone", async () => {
    const { code, stdout } = await runCli(
      "evaluate",
      path("pump.onnx"),
      path("labelled.csv"),
      "--label",
      "fault",
      "--compare",
      path("half.onnx"),
      "--html",
      path("report.html"),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/393 windows, 1 labelled events in fault/);
    expect(stdout).toMatch(/^ +pump +half +random score +alarm from half-time$/m);
    expect(stdout).toMatch(/^ +events found +1 of 1 +\d of 1 +\d of 1 +1 of 1$/m);
    const page = readFileSync(path("report.html"), "utf8");
    expect(page).toContain("<title>pump on ");
    for (const { name } of machineTags) expect(page).toContain(`contribution of ${name} over time`);
    expect(page).toMatch(/score of half/);
    expect(page).not.toMatch(/https?:/);
  });

  it("names models of one name by their files", async () => {
    const words = ["evaluate", path("pump.onnx"), path("labelled.csv"), "--label", "fault"];
    const { stdout } = await runCli(...words, "--compare", path("pump.onnx"));
    expect(stdout).toContain(`${path("pump.onnx")}  ${path("pump.onnx")}  random score`);
  });

  const wrong = [
    {
      what: "a label that is no column",
      words: ["pump.onnx", "labelled.csv", "--label", "failure"],
      exit: 2,
      says: /label column failure, got current, pressure, temperature, fault/,
    },
    {
      what: "a label that the model was trained on",
      words: ["leaky.onnx", "labelled.csv", "--label", "fault"],
      exit: 2,
      says: /--ignore fault/,
    },
    {
      what: "labels in words",
      words: ["pump.onnx", "words.csv", "--label", "fault"],
      exit: 1,
      says: /words\.csv:2.*fault.*"no"/,
    },
    {
      what: "labels other than 0 and 1",
      words: ["pump.onnx", "grades.csv", "--label", "fault"],
      exit: 1,
      says: /"fault": expected 0 .* got 2 at 1970-01-01T00:03:31/,
    },
    {
      what: "a model to compare with that needs another tag",
      words: ["half.onnx", "short.csv", "--label", "fault", "--compare", "pump.onnx"],
      exit: 1,
      says: /"pump" needs the column pressure/,
    },
    { what: "no label", words: ["pump.onnx", "labelled.csv"], exit: 2, says: /--label/ },
  ];
  it.each(wrong)(
    "$what: exit code $exit, what to do, and no report",
    async ({ words, exit, says }) => {
      const files = words.map((word) => (/\.(onnx|csv)$/.test(word) ? path(word) : word));
      const { code, stderr } = await runCli("evaluate", ...files, "--html", path("no.html"));
      expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringMatching(says) });
      expect((await readdir(folder)).filter((name) => /^no\.|draft/.test(name))).toEqual([]);
    },
  );
});
