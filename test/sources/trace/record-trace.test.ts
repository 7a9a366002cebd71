import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { concat, EMPTY, from, lastValueFrom, NEVER, throwError } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import { recordTrace } from "../../../src/sources/trace/record-trace.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { folderOfFile, tempFolder } from "../../temp-folder.ts";
import { handSource } from "./hand-source.ts";
import { filesIn, readFolder, reading, recording, tags } from "./recording.ts";

afterEach(() => void vi.useRealTimers());

const t0 = Date.UTC(2026, 10, 24, 10);

describe("recordTrace", () => {
  const shared = folderOfFile();
  sourceContract(() => {
    const path = join(shared, "trace.csv");
    const rows = Array.from({ length: 2000 }, (_, row) => `${row * 1000},${row}\n`);
    writeFileSync(path, `time,a\n${rows.join("")}`);
    return {
      source: recordTrace(traceSource(path), join(shared, "copy.jsonl")),
      outage: "a file does not come back",
    };
  });

  it("passes every reading on as it is, and writes it to a file named after the time", async () => {
    const { folder, sent, recorded, heard } = recording("pump.jsonl");
    const readings: Reading[] = [
      { ...reading("a", t0, 12.5), statusCode: 0 },
      { tag: "b", timeMs: t0, value: Number.NaN, quality: "bad", statusCode: 0x80000000 },
      { ...reading("a", t0 - 5000, 3), quality: "uncertain", late: true },
    ];
    for (const one of readings) sent.next(one);
    expect(heard).toEqual(readings);
    await recorded.flush();
    const [file = "", ...others] = filesIn(folder);
    expect(others).toEqual([]);
    expect(file).toMatch(/^pump-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.jsonl$/);
    expect(readFileSync(join(folder, file), "utf8").split("\n")).toEqual([
      '{"tags":[{"name":"a"},{"name":"b"}]}',
      `{"tag":"a","timeMs":${t0},"value":12.5,"quality":"good","statusCode":0}`,
      `{"tag":"b","timeMs":${t0},"value":null,"quality":"bad","statusCode":2147483648}`,
      `{"tag":"a","timeMs":${t0 - 5000},"value":3,"quality":"uncertain","late":true}`,
      "",
    ]);
    expect(await readFolder(folder)).toEqual(readings);
    expect(recorded.stats()).toEqual({
      file: join(folder, file),
      written: 3,
      waiting: 0,
      drops: { unwritten: 0, late: 0, unfit: 0 },
    });
  });

  it("writes CSV in the order of time, one row per time, once the subscription has ended", async () => {
    const { folder, sent, recorded, subscription } = recording("pump.csv");
    sent.next(reading("a", t0 + 1000, -0));
    sent.next({ tag: "b", timeMs: t0, value: Number.NaN, quality: "bad", statusCode: 1 });
    sent.next(reading("a", t0 + 0.5, 1e21));
    sent.next({ ...reading("b", t0 + 1000, 0.1), quality: "uncertain" });
    sent.next(reading("a", t0 + 1000, 2));
    await recorded.flush();
    expect(filesIn(folder)).toEqual([]);
    subscription.unsubscribe();
    await recorded.flush();
    expect(readFileSync(join(folder, filesIn(folder)[0] ?? ""), "utf8").split("\n")).toEqual([
      "time,a,a:quality,b,b:quality",
      "2026-11-24T10:00:00.000Z,,,,bad",
      `${t0 + 0.5},1e+21,good,,`,
      "2026-11-24T10:00:01.000Z,-0,good,0.1,uncertain",
      "2026-11-24T10:00:01.000Z,2,good,,",
      "",
    ]);
  });

  it("has put on the disk what came a second ago, unasked", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { folder, sent, recorded } = recording("pump.jsonl");
    sent.next(reading("a", t0));
    await vi.advanceTimersByTimeAsync(999);
    expect(filesIn(folder)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await vi.waitUntil(() => recorded.stats().written === 1, 10_000);
    expect(await readFolder(folder)).toEqual([reading("a", t0)]);
    sent.next(reading("a", t0 + 1));
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitUntil(() => recorded.stats().written === 2, 10_000);
  });

  it.each([
    ["ended", EMPTY],
    ["failed", throwError(() => new Error("cable cut"))],
  ])("lets flush wait for all that came before the readings have %s", async (_, end) => {
    const folder = tempFolder();
    const readings = concat(from([reading("a", 1), reading("b", 2)]), end);
    const recorded = recordTrace(handSource(readings, tags), join(folder, "pump.csv"));
    await lastValueFrom(recorded.readings).catch(() => {});
    await recorded.flush();
    expect(await readFolder(folder)).toEqual([reading("a", 1), reading("b", 2)]);
  });

  it("records nothing before anybody subscribes, and makes no file without a reading", async () => {
    const folder = tempFolder();
    const recorded = recordTrace(handSource(NEVER, tags), join(folder, "pump.jsonl"));
    recorded.readings.subscribe().unsubscribe();
    await recorded.flush();
    expect(filesIn(folder)).toEqual([]);
  });

  it("counts readings that no file can hold, and passes them on", async () => {
    for (const name of ["pump.jsonl", "pump.csv"]) {
      const { folder, sent, recorded, heard } = recording(name);
      sent.next(reading("stranger", t0));
      sent.next(reading("a", Number.NaN));
      expect(heard).toHaveLength(2);
      await recorded.flush();
      expect(recorded.stats().drops).toEqual({ unwritten: 0, late: 0, unfit: 2 });
      expect(filesIn(folder)).toEqual([]);
    }
  });

  it.each([
    ["an unknown ending", "pump.parquet", {}, "expected a path *.jsonl or *.csv"],
    ["gzip", "pump.jsonl.gz", {}, "expected a path *.jsonl or *.csv"],
    ["an unknown option", "pump.jsonl", { maxBytes: 5 } as object, 'no option "maxBytes"'],
    ["no bytes", "pump.jsonl", { maxFileBytes: 0 }, "maxFileBytes must be a number above zero"],
    ["half a file", "pump.jsonl", { maxFiles: 0.5 }, "maxFiles must be a whole number"],
    ["never flushing", "pump.csv", { flushMs: Number.NaN }, "flushMs must be a number above zero"],
    ["negative lateness", "pump.csv", { latenessMs: -1 }, "latenessMs must not be negative"],
    ["lateness without need", "pump.jsonl", { latenessMs: 1 }, "latenessMs is for CSV"],
  ])("refuses %s before any work", (_, name, options, message) => {
    expect(() => recordTrace(handSource(NEVER, tags), join(tempFolder(), name), options)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(message),
      }),
    );
  });

  it.each([
    ["blanks around it", [" a"]],
    ["the name of another's quality", ["a", "a:quality"]],
    ["no name", [""]],
    ["the name of the time", ["time"]],
    ["two alike", ["a", "a"]],
  ])("refuses for CSV a tag with %s", (_, names) => {
    const source = handSource(
      NEVER,
      names.map((name) => ({ name })),
    );
    expect(() => recordTrace(source, join(tempFolder(), "pump.csv"))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", hint: expect.stringContaining("jsonl") }),
    );
  });

  it("refuses a folder that is not there, or is none, before any work", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "");
    for (const path of [join(folder, "gone", "pump.jsonl"), join(folder, "file", "pump.jsonl")]) {
      expect(() => recordTrace(handSource(NEVER, tags), path)).toThrow(
        expect.objectContaining({ code: "FILE_UNWRITABLE" }),
      );
    }
  });
});
