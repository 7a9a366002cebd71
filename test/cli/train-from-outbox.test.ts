import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/model/load-model.ts";
import type { Model } from "../../src/model/model.ts";
import { saveModel } from "../../src/model/save-model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { labelFolderOf, layDownLabel } from "../../src/truth/label-folder.ts";
import { machineTags } from "../machine-frames.ts";
import { tsFlags } from "../node-flags.ts";
import { folderOfFile, tempFolder } from "../temp-folder.ts";
import {
  eventIdOf,
  keepEvents,
  keepNormal,
  keepWindow,
  overheating,
  plantFrames,
  START_MS,
  secondPump,
} from "../truth/retraining/kept-plant.ts";
import { runCli } from "./run-cli.ts";

const TIMEOUT_MS = 120_000;
const folder = folderOfFile();
const at = (name: string): string => join(folder, name);
const OUT = ["--out", at("next.onnx")];

let base: Model;
beforeAll(async () => {
  base = await trainModel(plantFrames(1_800), {
    ...{ name: "pump", tags: machineTags, running: "current > 1", maxEpochs: 10 },
  });
  await saveModel(base, at("base.onnx"));
  const outbox = openOutbox(at("plant.db"));
  await keepNormal(outbox, base, 400);
  const pump = { name: "second pump", change: secondPump };
  await keepEvents(outbox, base, 7, { ...pump, verdict: "false-alarm" });
  await keepEvents(outbox, base, 1, { ...pump, first: 7 });
  await keepEvents(outbox, base, 6, { name: "hot", change: overheating, verdict: "fault" });
  await outbox.close();
  await layDownLabel(labelFolderOf(at("plant.db")), {
    ...{ target: eventIdOf("second pump", 7), verdict: "false-alarm", atMs: START_MS },
  });
  return () => base.close();
}, TIMEOUT_MS);

/** Scores windows of something that the model has not learnt from. */
async function raisedOn(model: Model, change: (values: Float64Array) => void): Promise<number> {
  const outbox = openOutbox(join(tempFolder(), "other.db"));
  for (let nth = 0; nth < 10; nth += 1) {
    await keepWindow(outbox, model, {
      atMs: START_MS,
      seed: 50_000 + nth,
      change,
      machine: `m${nth}`,
    });
  }
  const captures = (await outbox.kept("capture")).map(({ message }) => message);
  await outbox.close();
  return captures.filter((one) => one.kind === "capture" && one.score >= one.threshold).length;
}

describe("wheeltapper train --from-outbox", () => {
  it("learns a harmless pattern from its labels, still finds the fault, and shows both models side by side", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { code, stdout } = await runCli(
      ...["train", "--from-outbox", at("plant.db"), "--base", at("base.onnx"), ...OUT, "--json"],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      fromOutbox: {
        ...{ machine: "pump-1", windows: 424, falseAlarms: 24 },
        leftOut: { labelled: 18, unjudged: 0, "within-fault": 0, incomplete: 0, otherShape: 0 },
      },
      labels: [
        { name: "before", faults: { raised: 6, of: 6 }, falseAlarms: { raised: 8, of: 8 } },
        { name: "new", faults: { raised: 6, of: 6 }, falseAlarms: { raised: 0, of: 8 }, auc: 1 },
      ],
      isWorse: false,
    });

    const next = await loadModel(at("next.onnx"));
    expect(await raisedOn(base, secondPump)).toBe(10);
    expect(await raisedOn(next, secondPump)).toBe(0);
    expect(await raisedOn(next, overheating)).toBe(10);
    expect(next.identity).toMatchObject({ name: "pump", version: "2" });
    const { running, sensors, minCoverage, windowLength, tags } = next.card;
    expect({ running, minCoverage, windowLength, tags }).toEqual({
      running: base.card.running,
      minCoverage: base.card.minCoverage,
      windowLength: base.card.windowLength,
      tags: machineTags,
    });
    const [current] = sensors ?? [];
    expect(current?.longestUnchanged).toBe(base.card.sensors?.[0]?.longestUnchanged);
    expect(current?.high).toBeGreaterThan((base.card.sensors?.[0]?.high ?? 0) + 5);
    await next.close();
  });

  it("says for people what was learnt, what was left out, and which model is better", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { code, stdout } = await runCli(
      ...["train", "--from-outbox", at("plant.db"), "--base", at("base.onnx")],
      ...["--kind", "pca", "--out", at("pca.onnx")],
    );
    expect(code).toBe(0);
    expect(stdout).toContain("424 windows of pump-1 from 2026-11-02T00:00:00.000Z");
    expect(stdout).toContain("left out: 18 labelled fault or maintenance");
    expect(stdout).toMatch(/on the labels +before +new\nfaults found +6 of 6 +\d of 6\n/);
    expect(stdout).toMatch(/false alarms raised +8 of 8 +\d of 8\n/);
  });

  it("writes a model that is worse on the labels, too, and warns", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const outbox = openOutbox(at("one-sided.db"));
    await keepNormal(outbox, base, 220);
    await keepEvents(outbox, base, 6, {
      ...{ name: "hotter", verdict: "false-alarm" },
      change: (values) => values.set([values[0] as number, values[1] as number, 70]),
    });
    await keepEvents(outbox, base, 6, { name: "hot", change: overheating, verdict: "fault" });
    await outbox.close();
    const { code, stdout, stderr } = await runCli(
      ...["train", "--from-outbox", at("one-sided.db"), "--base", at("base.onnx")],
      ...["--out", at("worse.onnx"), "--json"],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isWorse: true });
    expect(stderr).toContain("warning: on the labels the new model is worse than the one before");
    expect(existsSync(at("worse.onnx"))).toBe(true);
  });
});

describe("what cannot be trained on is refused", () => {
  const from = ["--from-outbox", at("plant.db")];

  it.each([
    [["x.csv", ...from], "expected traces or --from-outbox, got both"],
    [[], "expected a trace or --from-outbox, got neither"],
    [["x.csv", "--base", "b.onnx"], "--base is for --from-outbox alone"],
    [[...from, "--window", "8", "--period", "1s"], "--period, --window cannot be chosen"],
    [[...from, "--machine", "pump-9"], "machine: expected one of pump-1, got pump-9"],
  ])("%j", async (words, message) => {
    const { code, stderr } = await runCli("train", ...words, ...OUT.with(1, at("none.onnx")));
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(existsSync(at("none.onnx"))).toBe(false);
  });

  it("windows of several machines, unless one is named", async () => {
    const outbox = openOutbox(at("two.db"));
    for (const machine of ["pump-1", "pump-2"]) {
      await keepWindow(outbox, base, { atMs: START_MS, seed: 1, machine });
    }
    await outbox.close();
    const words = ["train", "--from-outbox", at("two.db"), ...OUT];
    const all = await runCli(...words);
    expect(all.stderr).toContain("expected the windows of one machine, got pump-1, pump-2");
    expect(all.code).toBe(2);
    const few = await runCli(...words, "--machine", "pump-2", "--json");
    expect(few.code).toBe(1);
    expect(JSON.parse(few.stdout).error).toMatchObject({
      code: "TRAINING_DATA_INSUFFICIENT",
      message: "expected at least 200 windows of normal operation, got 1 of the 1 that were kept",
    });
  });

  it("an outbox without windows, and one that is not there", async () => {
    await openOutbox(at("empty.db")).close();
    const empty = await runCli("train", "--from-outbox", at("empty.db"), ...OUT);
    expect(empty).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("expected kept windows, got none"),
    });
    const absent = await runCli("train", "--from-outbox", at("absent.db"), ...OUT);
    expect(absent).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("absent.db"),
    });
    expect(existsSync(at("absent.db"))).toBe(false);
  });

  it("an outbox that another process holds", async () => {
    const holder = spawn(
      process.execPath,
      [...tsFlags, "test/outbox/hold-outbox.ts", at("plant.db")],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    await once(holder.stdout, "data");
    const { code, stderr } = await runCli("train", ...from, ...OUT);
    expect(code).toBe(1);
    expect(stderr).toContain(String(holder.pid));
    holder.kill();
    await once(holder, "close");
  });
});
