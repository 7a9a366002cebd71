import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastValueFrom } from "rxjs";
import { beforeAll, describe, expect, it } from "vitest";
import { createGateway } from "../../src/gateway/create-gateway.ts";
import { loadModel } from "../../src/model/load-model.ts";
import { recordTrace } from "../../src/sources/trace/record-trace.ts";
import { traceSource } from "../../src/sources/trace/trace-source.ts";
import { machineFrames } from "../machine-frames.ts";
import { folderOfFile } from "../temp-folder.ts";
import { withFault, writeTrace } from "../trace-file.ts";
import { type CliResult, runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = (name: string): string => join(folder, name);
let trained: CliResult;

beforeAll(async () => {
  writeTrace(path("normal.csv"), machineFrames(600));
  writeTrace(path("faulty.csv"), withFault(machineFrames(200, { seed: 7 }), 80, 110));
  trained = await runCli(
    "train",
    path("normal.csv"),
    "--out",
    path("pump.onnx"),
    "--window",
    "8",
    "--json",
  );
});

describe("wheeltapper train", () => {
  it("writes a model and ends with one JSON object", async () => {
    expect(trained).toMatchObject({ code: 0 });
    const result = JSON.parse(trained.stdout);
    const model = await loadModel(path("pump.onnx"));
    expect(result).toMatchObject({
      out: path("pump.onnx"),
      sha256: model.identity.sha256,
      periodMs: 1000,
      windowLength: 8,
      tags: ["current", "pressure", "temperature"],
    });
    expect(model.card.name).toBe("pump");
  });

  it("gives the same file for the same traces, whatever its name", async () => {
    const again = await runCli(
      "train",
      path("normal.csv"),
      "--out",
      path("again.onnx"),
      "--window",
      "8",
      "--name",
      "pump",
    );
    expect(again.stdout).toContain("a window is anomalous from a score of");
    expect(readFileSync(path("again.onnx"))).toEqual(readFileSync(path("pump.onnx")));
  });

  it("learns from several traces, and leaves out the columns it is told to", async () => {
    writeTrace(path("more.csv"), machineFrames(300, { seed: 3, firstMs: 9e6 }));
    const words = [
      "--ignore",
      "pressure",
      "--window",
      "8",
      "--period",
      "1s",
      "--stride",
      "2",
      "--seed",
      "5",
      "--json",
    ];
    const { code, stdout } = await runCli(
      "train",
      path("normal.csv"),
      path("more.csv"),
      "--out",
      path("two.onnx"),
      ...words,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      tags: ["current", "temperature"],
      frames: 900,
      stride: 2,
      seed: 5,
    });
  });
});

describe("wheeltapper train: what it has chosen", () => {
  it("is said with the reasons, and where warning and alarm begin", async () => {
    const { choices, threshold, warningThreshold } = JSON.parse(trained.stdout);
    expect(choices).toContainEqual({
      setting: "windowLength",
      value: "8",
      reason: "asked for",
    });
    expect(warningThreshold).toBeLessThanOrEqual(threshold);
    const { stdout } = await runCli("train", path("normal.csv"), "--out", path("pump16.onnx"));
    expect(stdout).toMatch(/^ {2}windowLength +16 +suits a recording of 600 frames$/m);
    expect(stdout).toMatch(/anomalous from a score of [\d.]+ on, worth a look from [\d.]+ on$/m);
  });

  it("says so when the recording is too short for the false alarms that were asked for", async () => {
    const words = ["train", path("normal.csv"), "--window", "8", "--kind", "pca"];
    const rare = await runCli(...words, "--out", path("rare.onnx"));
    expect(rare.stdout).toMatch(
      /covers [\d.]+ minutes and can show \d+ false alarms a day or more; the rate of 0\.14 a day is/,
    );
    const often = await runCli(
      ...[...words, "--out", path("often.onnx"), "--false-alarms-per-day", "2000"],
    );
    expect(often.stdout).toContain("it exceeds no more than 2000 times a day");
    const thresholdOf = async (file: string): Promise<number> =>
      (await loadModel(path(file))).card.threshold;
    expect(await thresholdOf("often.onnx")).toBeLessThan(await thresholdOf("rare.onnx"));
  });

  it.each([
    { kind: "pca", layers: /^\d+-\d+-\d+$/ },
    { kind: "z-score", layers: /^24-1-24$/ },
  ])("is a $kind where that was asked for", async ({ kind, layers }) => {
    const words = ["--window", "8", "--kind", kind];
    const out = path(`${kind}.onnx`);
    const { code } = await runCli("train", path("normal.csv"), "--out", out, ...words);
    expect(code).toBe(0);
    const { stdout } = await runCli("inspect", out);
    const [, shown = ""] = new RegExp(`${kind} with layers (\\S+)`).exec(stdout) ?? [];
    expect(shown).toMatch(layers);
  });

  it("leaves out what a machine does when it is off, by the condition given", async () => {
    const words = ["train", path("normal.csv"), "--window", "8", "--kind", "pca"];
    const given = await runCli(
      ...[...words, "--out", path("given.onnx"), "--running", "current > 14.5"],
    );
    expect(given.stdout).toMatch(/^ {2}running +current > 14\.5 +given;/m);
    const { stdout } = await runCli("inspect", path("given.onnx"));
    expect(stdout).toMatch(/^running when current > 14\.5, settled after \d+ ms$/m);
    const always = await runCli(...words, "--out", path("always.onnx"), "--running", "always");
    expect(always.code).toBe(0);
    expect((await loadModel(path("always.onnx"))).card.running).toBeUndefined();
    const wrong = await runCli(...words, "--out", path("wrong.onnx"), "--running", "curent > 10");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Write current") });
  });
});

describe("wheeltapper score", () => {
  it("writes one row per window, the same in two runs, and the events", async () => {
    const words = ["score", path("pump.onnx"), path("faulty.csv"), "--json"];
    const first = await runCli(...words, "--out", path("a.csv"), "--events", path("events.jsonl"));
    await runCli(...words, "--out", path("b.csv"));
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ windows: 193, insufficient: 0, events: 1 });

    const lines = readFileSync(path("a.csv"), "utf8").trimEnd().split("\n");
    expect(lines[0]).toBe(
      "time,score,threshold,verdict,coverage,contribution:current,contribution:pressure,contribution:temperature",
    );
    expect(lines).toHaveLength(194);
    expect(lines[1]).toMatch(
      /^1970-01-01T00:00:08\.000Z,-?[\d.]+,[\d.]+,normal,1,[\d.]+,[\d.]+,[\d.]+$/,
    );
    expect(readFileSync(path("b.csv"))).toEqual(readFileSync(path("a.csv")));
    const events = readFileSync(path("events.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ phase }) => phase)).toEqual(["opened", "closed"]);
  });

  it("says so when every window has too little data", async () => {
    const [header = "", ...rows] = readFileSync(path("faulty.csv"), "utf8").trimEnd().split("\n");
    const empty = rows.map((row) => row.replace(/,[^,]*,[^,]*$/, ",,"));
    writeFileSync(path("empty.csv"), [header, ...empty].join("\n"));
    const words = ["score", path("pump.onnx"), path("empty.csv")];
    const { code, stdout } = await runCli(...words, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ windows: 193, insufficient: 193, highest: null });
    expect((await runCli(...words)).stdout).toMatch(
      /0 events, 2 sensor faults; no window could be judged, threshold [\d.]+\n$/,
    );
  });

  it("gives the scores that a gateway gives for the same trace", async () => {
    await runCli("score", path("pump.onnx"), path("faulty.csv"), "--out", path("scores.csv"));
    const rows = readFileSync(path("scores.csv"), "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    const model = await loadModel(path("pump.onnx"));
    const sources = [traceSource(path("faulty.csv"))];
    const gateway = createGateway({ name: "plant", sources, machines: [{ name: "pump", model }] });
    const scores: [string, number][] = [];
    const listening = gateway.scores.forEach(
      ({ endMs, value }) => void scores.push([new Date(endMs).toISOString(), value]),
    );
    await gateway.start();
    await gateway.done;
    await gateway.stop();
    await listening;
    expect(scores.map(([time]) => time)).toEqual(rows.map(([time]) => time));
    rows.forEach(([, score], place) => {
      expect(Number(score)).toBeCloseTo(scores[place]?.[1] ?? Number.NaN, 3);
    });
  });

  it("reads a recording in JSON Lines as it reads CSV", async () => {
    const recorded = recordTrace(traceSource(path("faulty.csv")), path("faulty.jsonl"));
    await lastValueFrom(recorded.readings);
    await recorded.flush();
    const { file = "" } = recorded.stats();
    const [csv, jsonLines] = await Promise.all(
      [path("faulty.csv"), file].map((trace) =>
        runCli("score", path("pump.onnx"), trace, "--json"),
      ),
    );
    expect(jsonLines).toMatchObject({ code: 0, stdout: csv?.stdout });
    const { stdout } = await runCli("inspect", file, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ kind: "trace", readings: 600 });
  });

  it("passes over columns that the model does not know, text and all", async () => {
    const [header = "", ...rows] = readFileSync(path("faulty.csv"), "utf8").trimEnd().split("\n");
    writeFileSync(
      path("labelled.csv"),
      [`${header},operator`, ...rows.map((row) => `${row},Smith`)].join("\n"),
    );
    const { code, stdout } = await runCli("score", path("pump.onnx"), path("labelled.csv"));
    expect(code).toBe(0);
    expect(stdout).toContain("193 windows");
  });
});

describe("wheeltapper inspect", () => {
  it("shows what is in a model and in a trace", async () => {
    const model = await runCli("inspect", path("pump.onnx"));
    expect(model.stdout).toContain('model "pump" version 1');
    expect(model.stdout).toMatch(/temperature +60\.\d+/);
    const { stdout } = await runCli("inspect", path("faulty.csv"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "trace",
      readings: 600,
      from: "1970-01-01T00:00:01.000Z",
      to: "1970-01-01T00:03:20.000Z",
    });
  });

  it("shows no range for a tag without a good value", async () => {
    writeFileSync(path("dead.csv"), "time,alive,dead\n1000,2,nan\n2000,-3.5,nan\n");
    const { stdout } = await runCli("inspect", path("dead.csv"));
    expect(stdout).toMatch(/^alive +2 +0 +-3\.5 +2$/m);
    expect(stdout).toMatch(/^dead +2 +2 +- +-$/m);
    const json = await runCli("inspect", path("dead.csv"), "--json");
    expect(JSON.parse(json.stdout).tags).toEqual([
      { name: "alive", readings: 2, bad: 0, low: -3.5, high: 2 },
      { name: "dead", readings: 2, bad: 2, low: null, high: null },
    ]);
  });
});
