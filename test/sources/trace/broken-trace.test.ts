import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openTrace } from "../../../src/sources/trace/open-trace.ts";
import { readAll } from "./read-all.ts";
import { traceFolder } from "./trace-folder.ts";

const folder = traceFolder();

describe("a broken trace", () => {
  it.each([
    ["empty", "", ":1: expected a header, got nothing"],
    ["blank first line", "\ntime,a\n", ":1: expected a header, got nothing"],
    ["header only", "time,a\n\n", ":2: expected rows below the header, got none"],
    ["header without line break", "time,a", ":2: expected rows below the header, got none"],
    ["one column", "time\n0\n", ':1: expected a time and tag columns, got only "time"'],
    ["unknown delimiter", "time|a\n", ':1: expected a time and tag columns, got only "time|a"'],
    ["no header", "0,1\n1,2\n", ':1: expected column names, got a row that begins "0"'],
    [
      "unnamed column",
      "time,a,,b\n",
      ":1: expected a name for every column, got none for column 3 of 4",
    ],
    [
      "column twice",
      "time,a,b,a\n",
      ':1: column "a": expected different names, got this one twice',
    ],
    ["time twice", "time,time\n", ':1: column "time": expected different names'],
    [
      "quality without tag",
      "time,a,b:quality\n",
      ':1: column "b:quality": expected a column "b" for it',
    ],
    [
      "quality of the time",
      "time,a,time:quality\n",
      ':1: column "time:quality": expected a column "time"',
    ],
    ["open quote in header", 'time,"a\n', ":1: expected closed quotes, got"],
    ["not UTF-8", Uint8Array.of(0x74, 0x2c, 0xb0, 0x43, 0x0a), ":1: expected UTF-8, got"],
    [
      "no time column",
      "name,a\npump,1\n",
      ':2: column "name": expected an ISO 8601 time or epoch milliseconds, got "pump"',
    ],
    [
      "time that is none",
      "time,a\n0,1\n2026-02-30T00:00:00,1\n",
      ':3: column "time": expected an ISO 8601 time or epoch milliseconds, got "2026-02-30T00:00:00"',
    ],
    [
      "month that is none",
      "time,a\n2026-13-01,1\n",
      ':2: column "time": expected an ISO 8601 time',
    ],
    [
      "zone that is none",
      "time,a\n2026-03-01T00:00:00+25:00,1\n",
      ':2: column "time": expected an ISO 8601 time',
    ],
    [
      "time beyond all dates",
      "time,a\n9000000000000000,1\n",
      ':2: column "time": expected an ISO 8601 time',
    ],
    [
      "empty time",
      "time,a\n,1\n",
      ':2: column "time": expected an ISO 8601 time or epoch milliseconds, got an empty cell',
    ],
    [
      "time running backwards",
      "time,a\n5,1\n\n4,1\n",
      ':4: column "time": expected a time not before 1970-01-01T00:00:00.005Z of the row above, got "4"',
    ],
    [
      "text in a number column",
      "time,a,b\n0,1,on\n",
      ':2: column "b": expected a finite number, NaN or an empty cell, got "on"',
    ],
    [
      "Infinity",
      "time,a\n0,1\n1,-Infinity\n",
      ':3: column "a": expected a finite number, NaN or an empty cell, got "-Infinity"',
    ],
    [
      "a number beyond all numbers",
      "time,a\n0,1e999\n",
      ':2: column "a": expected a finite number',
    ],
    ["hexadecimal", "time,a\n0,0x1F\n", ':2: column "a": expected a finite number'],
    [
      "decimal comma",
      "time;a\n0;21,5\n",
      ':2: column "a": expected a finite number, NaN or an empty cell, got "21,5"',
    ],
    [
      "bad quality word",
      "time,a,a:quality\n0,1,ok\n",
      ':2: column "a:quality": expected good, uncertain, bad or an empty cell, got "ok"',
    ],
    ["too few cells", "time,a,b\n0,1,2\n1,1\n", ":3: expected 3 cells as in the header, got 2"],
    ["too many cells", "time,a\r\n0,1,\r\n", ":2: expected 2 cells as in the header, got 3"],
    ["open quote in a row", 'time,a\n0,"1\n1,2\n', ":2: expected closed quotes, got"],
    ["quote inside a cell", 'time,a\n\n0,1"\n', ":3: expected closed quotes, got"],
    ["text behind a quote", 'time,a\n0,"1"0\n', ":2: expected closed quotes, got"],
    ["endless header", "x".repeat(1_100_000), ":1: expected lines of at most 1048576 characters"],
    [
      "endless row",
      `time,a\n0,1\n${"1".repeat(1_100_000)}`,
      ":3: expected lines of at most 1048576 characters",
    ],
  ])("is refused: %s", async (_, content, message) => {
    const path = folder.write(content);
    await expect(readAll(path)).rejects.toMatchObject({
      name: "GatewayError",
      code: "TRACE_INVALID",
      retryable: false,
      message: expect.stringContaining(path + message),
      hint: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  it("keeps what the parser said of a quote", async () => {
    const path = folder.write('time,a\n0,"1"0\n');
    await expect(readAll(path)).rejects.toMatchObject({
      cause: { code: "CSV_INVALID_CLOSING_QUOTE" },
    });
  });

  it("says what to do about a decimal comma", async () => {
    const path = folder.write("time;a\n0;21,5\n");
    await expect(readAll(path)).rejects.toMatchObject({
      hint: "Write numbers with a decimal point.",
    });
  });

  it("shows only the beginning of a long cell", async () => {
    const path = folder.write(`time,a\n0,${"x".repeat(5000)}\n`);
    await expect(readAll(path)).rejects.toThrow(/got "x{60}…"$/);
  });

  it("is refused by its name before anything is read", () => {
    expect(() => openTrace("/nowhere/pump.xlsx")).toThrow(
      expect.objectContaining({
        code: "TRACE_INVALID",
        message: "/nowhere/pump.xlsx: expected a file *.csv or *.jsonl, or with .gz",
      }),
    );
  });
});

describe("ignore", () => {
  it.each([
    [["label"], 'ignore "label": there is no such column', "a, b"],
    [["time"], 'ignore "time": the time cannot be left out', "a, b"],
    [["a", "b"], "ignore leaves no tag of [time,a,b]", "Ignore fewer"],
  ])("%j is refused, naming the columns", (ignore, message, hint) => {
    const path = folder.write("time,a,b\n0,1,2\n");
    expect(() => openTrace(path, { ignore })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: `${path}: ${message}`,
        hint: expect.stringContaining(hint),
      }),
    );
  });
});

describe("an unreadable file", () => {
  const zipped = gzipSync(
    `time,a\n${Array.from({ length: 50_000 }, (_, row) => `${row},${Math.sin(row)}\n`).join("")}`,
  );
  const damaged = Uint8Array.from(zipped).fill(0, -8, -4); // the checksum

  it.each([
    ["missing", () => join(folder.path, "gone.csv"), "no such file"],
    [
      "a folder",
      () => {
        const path = join(folder.path, "folder.csv");
        mkdirSync(path);
        return path;
      },
      "not a folder",
    ],
    ["not gzip", () => folder.write("time,a\n0,1\n", "trace.csv.gz"), "gzip -t"],
    ["gzip cut off", () => folder.write(zipped.subarray(0, -1000), "trace.csv.gz"), "gzip -t"],
    ["gzip damaged", () => folder.write(damaged, "trace.csv.gz"), "gzip -t"],
  ])("is reported: %s", async (_, path, hint) => {
    const file = path();
    await expect(readAll(file)).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining(`cannot read ${file}: `),
      hint: expect.stringContaining(hint),
      cause: expect.any(Error),
    });
  });
});
