import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { openTrace } from "../../../src/sources/trace/open-trace.ts";
import { readAll } from "./read-all.ts";
import { traceFolder } from "./trace-folder.ts";

const folder = traceFolder();
const write = (content: string | Uint8Array, name = "trace.jsonl") => folder.write(content, name);
const line = (fields: object) => `${JSON.stringify(fields)}\n`;
const good = (tag: string, timeMs: number, value: number) => ({
  tag,
  timeMs,
  value,
  quality: "good",
});

describe("a trace in JSON Lines", () => {
  it.each([
    ["a reading", { value: 1.5 }, good("a", 5, 1.5)],
    ["an uncertain one", { value: 2, quality: "uncertain" }, { quality: "uncertain", value: 2 }],
    ["no value", { value: null }, { value: Number.NaN, quality: "bad" }],
    ["a field without value", {}, { value: Number.NaN, quality: "bad" }],
    ["a value that is bad", { value: 7, quality: "bad" }, { value: Number.NaN, quality: "bad" }],
    ["no value, said to be good", { value: null, quality: "good" }, { quality: "bad" }],
    ["a status code", { value: 1, statusCode: 0x40000000 }, { statusCode: 0x40000000 }],
    ["a late one", { value: 1, late: true }, { late: true }],
    ["one that says it is not late", { value: 1, late: false }, good("a", 5, 1)],
  ])("reads %s", async (_, fields, expected) => {
    const [reading, ...others] = await readAll(write(line({ tag: "a", timeMs: 5, ...fields })));
    expect(reading).toMatchObject({ tag: "a", timeMs: 5, ...expected });
    expect(others).toEqual([]);
  });

  it.each([
    ["2026-03-01T12:30:00.250Z", Date.UTC(2026, 2, 1, 12, 30, 0, 250)],
    ["2026-03-01T13:30:00+01:00", Date.UTC(2026, 2, 1, 12, 30)],
  ])("reads the time %s", async (time, timeMs) => {
    expect(await readAll(write(line({ tag: "a", time, value: 1 })))).toEqual([
      good("a", timeMs, 1),
    ]);
  });

  it.each([
    ["CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
    ["a byte order mark", (text: string) => `\uFEFF${text}`],
    ["no line break at the end", (text: string) => text.trimEnd()],
    ["blank lines", (text: string) => `\n${text.replaceAll("\n", "\n  \n")}`],
  ])("reads %s", async (_, change) => {
    const text = line({ tag: "a", timeMs: 0, value: 1 }) + line({ tag: "b", timeMs: 0, value: 2 });
    const path = write(change(text));
    expect(openTrace(path).tags).toEqual([{ name: "a" }, { name: "b" }]);
    expect(await readAll(path)).toEqual([good("a", 0, 1), good("b", 0, 2)]);
  });

  it("keeps the order of arrival, backwards between tags, and within a tag what is marked late", async () => {
    const readings = [
      good("a", 3000, 1),
      good("b", 1000, 2),
      { ...good("a", 2000, 3), late: true },
      good("a", 3000, 4),
      good("b", 1500, 5),
    ];
    expect(await readAll(write(readings.map(line).join("")))).toEqual(readings);
  });

  it("takes times that run backwards once, where the clock is said to have been set back", async () => {
    const [early, late] = [good("a", 1000, 1), good("a", 9000, 2)];
    const text = line(late) + line({ ...early, late: false }) + line({ ...early, timeMs: 2000 });
    expect(await readAll(write(text))).toEqual([late, early, { ...early, timeMs: 2000 }]);
  });

  it("takes the tags from the first line, with unit, range and reporting", async () => {
    const tags = [
      { name: "speed", unit: "rpm", range: [0, 3000] },
      { name: "door", reporting: "on-change" },
    ];
    const path = write(line({ tags }) + line({ tag: "door", timeMs: 0, value: 1 }));
    expect(openTrace(path).tags).toEqual(tags);
    expect(await readAll(path)).toEqual([good("door", 0, 1)]);
    const short = write(line({ tags: ["b", "a"] }) + line({ tag: "a", timeMs: 0, value: 1 }));
    expect(openTrace(short).tags).toEqual([{ name: "b" }, { name: "a" }]);
  });

  it("leaves out ignored tags", async () => {
    const path = write(["a", "b", "a"].map((tag, timeMs) => line(good(tag, timeMs, 1))).join(""));
    expect(openTrace(path, { ignore: ["a"] }).tags).toEqual([{ name: "b" }]);
    expect(await readAll(path, { ignore: ["a"] })).toEqual([good("b", 1, 1)]);
    for (const ignore of [["c"], ["a", "b"]]) {
      expect(() => openTrace(path, { ignore })).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
    }
  });

  it("reads gzip, in chunks of at most 256 readings", async () => {
    const readings = Array.from({ length: 30_000 }, (_, row) => good("Düse 温度", row, row / 7));
    const path = write(gzipSync(readings.map(line).join("")), "trace.jsonl.gz");
    const read: unknown[] = [];
    for await (const chunk of openTrace(path).chunks) {
      expect(chunk.length).toBeLessThanOrEqual(256);
      read.push(...chunk);
    }
    expect(read).toEqual(readings);
  });
});

describe("a broken trace in JSON Lines", () => {
  const first = line(good("a", 5, 1));
  it.each([
    ["empty", "", ":1: expected readings, got none"],
    ["nothing but tags", line({ tags: ["a"] }), ":1: expected readings, got none"],
    ["no JSON", "time,a\n0,1\n", ':1: expected one JSON object, got "time,a"'],
    ["a JSON array", "[1]\n", ':1: expected one JSON object, got "[1]"'],
    ["NaN", '{"tag":"a","timeMs":0,"value":NaN}\n', ":1: expected one JSON object, got"],
    ["half a line amid others", `${first}{"tag":"a","ti\n${first}`, ":2: expected one JSON object"],
    [
      "a misspelled field",
      line({ ...good("a", 5, 1), qualty: "bad" }),
      ":1: expected tag, timeMs, time, value, quality, statusCode, late and nothing else",
    ],
    ["no tag", line({ timeMs: 0, value: 1 }), ":1: tag: expected a name, got nothing"],
    ["no time", line({ tag: "a", value: 1 }), ":1: time: expected an ISO 8601 time, got nothing"],
    [
      "a time that is none",
      line({ tag: "a", time: "noon", value: 1 }),
      ':1: time: expected an ISO 8601 time, got "noon"',
    ],
    [
      "a time in seconds and letters",
      line({ tag: "a", timeMs: "5", value: 1 }),
      ':1: timeMs: expected epoch milliseconds, got "5"',
    ],
    [
      "two times",
      line({ tag: "a", timeMs: 5, time: "2026-03-01", value: 1 }),
      ":1: expected time or timeMs, got both",
    ],
    [
      "a text for a value",
      `\n${first}${line({ tag: "a", timeMs: 6, value: "on" })}`,
      ':3: value: expected a finite number or null, got "on"',
    ],
    [
      "a number beyond all numbers",
      '{"tag":"a","timeMs":0,"value":1e999}\n',
      ":1: value: expected a finite number",
    ],
    [
      "an unknown quality",
      line({ ...good("a", 0, 1), quality: "ok" }),
      ':1: quality: expected good, uncertain or bad, got "ok"',
    ],
    [
      "a status code in words",
      line({ ...good("a", 0, 1), statusCode: "BadNoData" }),
      ":1: statusCode: expected a number",
    ],
    ["late in numbers", line({ ...good("a", 0, 1), late: 1 }), ":1: late: expected true or false"],
    [
      "a time running backwards",
      first + line(good("a", 4, 1)),
      ":2: expected a time not before 1970-01-01T00:00:00.005Z of the same tag above, got 1970-01-01T00:00:00.004Z",
    ],
    [
      "a tag that is not listed",
      line({ tags: ["b"] }) + first,
      ':2: expected a tag of the file\'s head, got "a"',
    ],
    [
      "two recordings in one file",
      first + line({ tags: ["a"] }),
      ":2: expected the list of tags before the first reading",
    ],
    ["a tag listed twice", line({ tags: ["a", "a"] }), ":1: tags: expected every tag once"],
    ["a tag without name", line({ tags: [{ unit: "A" }] }), ":1: tags: expected a name, perhaps"],
    ["not UTF-8", Buffer.from(`{"tag":"\xb0C"}\n`, "latin1"), ":1: expected UTF-8, got"],
    [
      "an endless line",
      `${first}${"x".repeat(1_100_000)}`,
      ":2: expected lines of at most 1048576",
    ],
  ])("is refused: %s", async (_, content, message) => {
    const path = write(content);
    await expect(readAll(path)).rejects.toMatchObject({
      name: "GatewayError",
      code: "TRACE_INVALID",
      message: expect.stringContaining(path + message),
      hint: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  it("hands out what stands before a wrong line, then fails", async () => {
    const path = write(`${first}${line(good("a", 6, 2))}x\n${line(good("a", 7, 3))}`);
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of openTrace(path).chunks) seen.push(...chunk.map((one) => one.value));
    };
    await expect(read()).rejects.toMatchObject({ code: "TRACE_INVALID" });
    expect(seen).toEqual([1, 2]);
  });
});

describe("a recorder killed in the middle of a line", () => {
  const json = [5, 6, 7].map((timeMs) => line(good("Düse", timeMs, 12.375))).join("");
  const csv = "time,a,a:quality\n5,12.375,good\n6,12.375,good\n7,12.375,good\n";

  it.each([
    ["JSON Lines", "trace.jsonl", Buffer.from(json)],
    ["CSV", "trace.csv", Buffer.from(csv)],
  ])("costs no more than that line, wherever it is cut: %s", async (_, name, bytes) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const whole = await readAll(write(bytes, name));
    const lastLine = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
    for (let end = lastLine; end < bytes.length; end += 1) {
      warn.mockClear();
      const path = write(bytes.subarray(0, end), name);
      const read = await readAll(path);
      const isWhole = read.length === 3; // only the line break is missing
      expect(read).toEqual(isWhole ? whole : whole.slice(0, 2));
      if (isWhole || end === lastLine) expect(warn).not.toHaveBeenCalled();
      else {
        expect(warn).toHaveBeenCalledExactlyOnceWith(
          expect.stringMatching(/:[34]: the last line is cut off/),
          { code: "WHEELTAPPER_TRACE_CUT" },
        );
      }
    }
    warn.mockRestore();
  });

  it("leaves out the zeros that a power cut put there instead of a line", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    expect(await readAll(write(`${json}${"\0".repeat(5000)}`))).toHaveLength(3);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});
