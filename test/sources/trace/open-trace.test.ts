import { truncateSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Quality } from "../../../src/core/reading.ts";
import { type OpenTraceOptions, openTrace } from "../../../src/sources/trace/open-trace.ts";
import { readAll } from "./read-all.ts";
import { traceFolder } from "./trace-folder.ts";

const folder = traceFolder();

/** Every reading of a file as `[tag, timeMs, value, quality]`. */
async function readCells(path: string, options?: OpenTraceOptions) {
  const readings = await readAll(path, options);
  return readings.map(({ tag, timeMs, value, quality }) => [tag, timeMs, value, quality]);
}

const namesOf = (path: string, options?: OpenTraceOptions) =>
  openTrace(path, options).tags.map(({ name }) => name);

const t0 = Date.UTC(2026, 2, 1, 12, 30);
const good = (tag: string, timeMs: number, value: number) => [tag, timeMs, value, "good"];

describe("openTrace", () => {
  it.each([
    ["comma", "time,a,b\n2026-03-01T12:30:00Z,1,-2.5e-3\n"],
    ["semicolon", "time;a;b\n2026-03-01T12:30:00Z;1;-2.5e-3\n"],
    ["tab", "time\ta\tb\n2026-03-01T12:30:00Z\t1\t-2.5e-3\n"],
    ["CRLF", "time,a,b\r\n2026-03-01T12:30:00Z,1,-2.5e-3\r\n"],
    ["byte order mark", "\uFEFFtime,a,b\n2026-03-01T12:30:00Z,1,-2.5e-3\n"],
    ["no line break at the end", "time,a,b\n2026-03-01T12:30:00Z,1,-2.5e-3"],
    ["blank lines at the end", "time,a,b\n2026-03-01T12:30:00Z,1,-2.5e-3\n\n  \r\n\n"],
    ["blanks around cells", "time, a ,b\n2026-03-01T12:30:00Z , 1, -2.5e-3 \n"],
    ["quotes", '"time","a","b"\n"2026-03-01T12:30:00Z","1",-2.5e-3\n'],
    ["a time column without a name", ",a,b\n2026-03-01T12:30:00Z,1,-2.5e-3\n"],
  ])("reads %s", async (_, content) => {
    const path = folder.write(content);
    expect(namesOf(path)).toEqual(["a", "b"]);
    expect(await readCells(path)).toEqual([good("a", t0, 1), good("b", t0, -0.0025)]);
  });

  it.each([
    ["2026-03-01T12:30:00Z", t0],
    ["2026-03-01 12:30:00", t0],
    ["2026-03-01T12:30", t0],
    ["2026-03-01t12:30:00z", t0],
    ["2026-03-01T13:30:00+01:00", t0],
    ["2026-03-01 07:00:00 -0530", t0],
    ["2026-03-01T12:30:00.25Z", t0 + 250],
    ["2026-03-01T12:30:00.069Z", t0 + 69],
    ["2026-03-01T12:30:00.000500Z", t0 + 0.5],
    ["2026-03-01", t0 - 12.5 * 3_600_000],
    [String(t0), t0],
    [`${t0}.5`, t0 + 0.5],
    ["0", 0],
    ["-1000", -1000],
  ])("reads the time %s", async (cell, timeMs) => {
    expect(await readCells(folder.write(`time,a\n${cell},1\n`))).toEqual([good("a", timeMs, 1)]);
  });

  it.each([
    ["", "", []],
    ["7", "", [7, "good"]],
    ["7", "good", [7, "good"]],
    ["7", "Uncertain", [7, "uncertain"]],
    ["7", "bad", [Number.NaN, "bad"]],
    ["NaN", "", [Number.NaN, "bad"]],
    ["nan", "uncertain", [Number.NaN, "bad"]],
    ["", "good", []],
    ["", "bad", [Number.NaN, "bad"]],
  ] satisfies [string, string, [] | [number, Quality]][])(
    'takes the cell "%s" with the quality "%s" for %j',
    async (cell, word, expected) => {
      const path = folder.write(`time,a:quality,a,b\n0,${word},${cell},1\n`);
      const first = expected.length === 0 ? [] : [["a", 0, ...expected]];
      expect(await readCells(path)).toEqual([...first, good("b", 0, 1)]);
    },
  );

  it("keeps rows of equal time, in the order of the file", async () => {
    const path = folder.write("time,a\n5,1\n5,2\n\n6,3\n");
    expect(await readCells(path)).toEqual([good("a", 5, 1), good("a", 5, 2), good("a", 6, 3)]);
  });

  it("reads names with delimiters, quotes and other alphabets", async () => {
    const path = folder.write('time;"Temp; inlet, ""A""";Düse 温度\n0;1;2\n');
    expect(namesOf(path)).toEqual(['Temp; inlet, "A"', "Düse 温度"]);
    expect(await readCells(path)).toEqual([
      good('Temp; inlet, "A"', 0, 1),
      good("Düse 温度", 0, 2),
    ]);
  });

  it("leaves out ignored columns, a tag with its quality, whatever they hold", async () => {
    const path = folder.write("time,a,a:quality,label,b,b:quality\n0,x,x,pump fault,1,x\n");
    const ignore = ["label", "a", "b:quality"];
    expect(namesOf(path, { ignore })).toEqual(["b"]);
    expect(await readCells(path, { ignore })).toEqual([good("b", 0, 1)]);
  });

  it("reads gzip as it reads plain text, also in several members", async () => {
    const head = "time,Düse\n";
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row},${row / 7}\n`).join("");
    const plain = await readAll(folder.write(head + rows));
    const members = [gzipSync(head), gzipSync(rows)];
    const zipped = folder.write(Buffer.concat(members), "trace.CSV.GZ");
    expect(namesOf(zipped)).toEqual(["Düse"]);
    expect(await readAll(zipped)).toEqual(plain);
    expect(plain).toHaveLength(30_000);
  });

  it("finds a header that is longer than its first read", async () => {
    const names = Array.from({ length: 9_000 }, (_, tag) => `machine.sensor${tag}`);
    const content = `time,${names.join(",")}\n0${",1".repeat(names.length)}\n`;
    for (const path of [folder.write(content), folder.write(gzipSync(content), "trace.csv.gz")]) {
      expect(namesOf(path)).toEqual(names);
      expect(await readCells(path)).toHaveLength(names.length);
    }
  });

  it("hands out chunks of at most 256 rows, and reads no further than they are asked for", async () => {
    const cells = ",1.25".repeat(40);
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row}${cells}\n`).join("");
    const header = `time,${Array.from({ length: 40 }, (_, tag) => `t${tag}`).join(",")}\n`;
    const path = folder.write(header + rows);
    let seen = 0;
    for await (const chunk of openTrace(path).chunks) {
      expect(chunk.length).toBeLessThanOrEqual(256 * 40);
      seen += chunk.length;
    }
    expect(seen).toBe(20_000 * 40);

    // What is cut off the file while the first chunk is looked at cannot have been read before.
    let read = 0;
    const chunks = openTrace(path).chunks[Symbol.asyncIterator]();
    await chunks.next();
    truncateSync(path, header.length);
    while (!(await chunks.next().catch(() => ({ done: true }))).done) read += 256;
    expect(read).toBeLessThan(10_000);
  });

  it.each([
    ["row", "time,a\n0,1\n1,2\n2,x\n3,4\n"],
    ["quote", 'time,a\n0,1\n1,2\n2,"3"x\n3,4\n'],
    ["quote in the last row", 'time,a\n0,1\n1,2\n"'],
  ])("hands out what stands before a wrong %s, then fails", async (_, content) => {
    const path = folder.write(content);
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of openTrace(path).chunks)
        seen.push(...chunk.map((one) => one.timeMs));
    };
    await expect(read()).rejects.toMatchObject({ code: "TRACE_INVALID" });
    expect(seen).toEqual([0, 1]);
  });
});
