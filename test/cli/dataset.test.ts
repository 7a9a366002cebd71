import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleCapture, sampleLabel } from "../../src/testing/sample-messages.ts";
import { folderOfFile } from "../temp-folder.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = join(folder, "outbox.db");

beforeAll(async () => {
  const outbox = openOutbox(path);
  await outbox.keep([
    sampleCapture({ id: "a", reason: "event", eventId: "incident-1" }),
    sampleCapture({ id: "b" }),
    sampleCapture({ id: "c", machine: "pump-2" }),
    sampleLabel({ id: "said", target: "incident-1", verdict: "false-alarm" }),
  ]);
  await outbox.close();
});

describe("wheeltapper dataset <outbox>", () => {
  it("writes the kept windows with their labels, and says how many there are of each kind", async () => {
    const out = join(folder, "all.parquet");
    const { code, stdout } = await runCli("dataset", path, "--out", out, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      outbox: path,
      out,
      windows: 3,
      byVerdict: { fault: 0, "false-alarm": 1, maintenance: 0, unlabelled: 2 },
      byReason: { event: 1, "near-threshold": 0, novel: 0, random: 2 },
    });
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    expect(rows.map(({ id, label }) => ({ id, label: label ?? null }))).toEqual([
      { id: "a", label: "false-alarm" },
      { id: "b", label: null },
      { id: "c", label: null },
    ]);
  });

  it("writes only what was asked for, and tells people in a table", async () => {
    const out = join(folder, "labelled.csv");
    const only = ["--labelled", "--machine", "pump-1"];
    const { stdout } = await runCli("dataset", path, "--out", out, ...only);
    expect(stdout).toMatch(/: 1 windows of /);
    expect(stdout).toMatch(/false-alarm +1\n/);
    expect(readFileSync(out, "utf8").trim().split("\n")).toHaveLength(3);
  });

  it("knows what was said on the command line, before a gateway has taken it in", async () => {
    const other = join(folder, "said.db");
    const outbox = openOutbox(other);
    await outbox.keep([sampleCapture({ id: "window-1" }), sampleCapture({ id: "window-2" })]);
    await outbox.close();
    await runCli("label", other, "window-2", "--verdict", "maintenance");
    const out = join(folder, "said.parquet");
    const { stdout } = await runCli("dataset", other, "--out", out, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ byVerdict: { maintenance: 1, unlabelled: 1 } });
  });

  it("leaves an outbox alone that a gateway is using, and says whose it is", async () => {
    const outbox = openOutbox(path);
    const out = join(folder, "used.parquet");
    const { code, stderr } = await runCli("dataset", path, "--out", out);
    await outbox.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(String(process.pid)),
    });
    expect(existsSync(out)).toBe(false);
  });

  it("touches no file that is not an outbox, and makes none", async () => {
    const other = join(folder, "model.onnx");
    writeFileSync(other, "no outbox at all, but a file that somebody needs");
    const out = join(folder, "none.csv");
    const ofOther = await runCli("dataset", other, "--out", out);
    expect({ ...ofOther, left: readFileSync(other, "utf8") }).toMatchObject({
      code: 1,
      left: expect.stringContaining("somebody needs"),
    });
    const missing = join(folder, "missing.db");
    const ofMissing = await runCli("dataset", missing, "--out", out);
    expect(ofMissing).toMatchObject({ code: 1, stderr: expect.stringContaining("missing.db") });
    expect(existsSync(missing)).toBe(false);
  });

  it("refuses another kind of file as wrong usage", async () => {
    const { code, stderr } = await runCli("dataset", path, "--out", join(folder, "data.xlsx"));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("*.parquet") });
    expect((await runCli("dataset", path)).code).toBe(2);
  });
});
