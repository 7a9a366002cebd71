import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTrace } from "../../../src/sources/trace/open-trace.ts";
import { parseTraceTime } from "../../../src/sources/trace/trace-time.ts";
import { readAll } from "./read-all.ts";
import { traceFolder } from "./trace-folder.ts";

const folder = traceFolder();
const delimiters = fc.constantFrom(",", ";", "\t");
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // no -0
const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

const tables = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[^\s:"\uFFFD]([^\uFFFD]*[^\s:\uFFFD])?$/u), {
      minLength: 1,
      maxLength: 6,
    }),
    delimiter: delimiters,
    lineEnd: fc.constantFrom("\n", "\r\n"),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      rows: fc.array(
        fc.array(finite, { minLength: shape.names.length, maxLength: shape.names.length }),
        { minLength: 1, maxLength: 20 },
      ),
    }),
  );

describe("CSV", () => {
  it("gives back every table of finite numbers, under any names", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ shape: { names, delimiter, lineEnd }, rows }) => {
        fc.pre(!names.includes("time"));
        const header = ["time", ...names.map(quote)].join(delimiter);
        const lines = rows.map((row, index) => [index * 1000, ...row].join(delimiter));
        const path = folder.write([header, ...lines, ""].join(lineEnd));
        expect(openTrace(path).tags).toEqual(names.map((name) => ({ name })));
        const expected = rows.flatMap((row, index) =>
          row.map((value, column) => ({
            tag: names[column],
            timeMs: index * 1000,
            value,
            quality: "good",
          })),
        );
        expect(await readAll(path)).toEqual(expected);
      }),
    );
  });

  it("gives back every row, and counts its lines, whatever stands in quotes beside it", async () => {
    const unit = fc.constantFrom("a", "°", "1", " ", '"', ",", ";", "\t", "\n", "\r\n");
    const row = fc.record({
      blankLines: fc.array(fc.constantFrom("\n", "\r\n", "  \n"), { maxLength: 2 }),
      note: fc.string({ unit }).map(quote),
      value: finite,
      write: fc.constantFrom(String, (value: number) => ` ${quote(` ${value} `)} `),
      lineEnd: fc.constantFrom("\n", "\r\n"),
    });
    const ignore = ["note"];
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        delimiters,
        async (rows, delimiter) => {
          let text = `\uFEFF${["time", "note", "a"].join(delimiter)}\n`;
          const expected = rows.map(({ blankLines, note, value, write, lineEnd }, timeMs) => {
            text += blankLines.join("");
            text += [timeMs, note, write(value)].join(delimiter) + lineEnd;
            return { tag: "a", timeMs, value, quality: "good" };
          });
          expect(await readAll(folder.write(text), { ignore })).toEqual(expected);
          const wrong = `${text}one cell\n`;
          await expect(readAll(folder.write(wrong), { ignore })).rejects.toThrow(
            `.csv:${text.split("\n").length}: expected 3 cells`,
          );
        },
      ),
    );
  });

  it("reads every time that a Date writes", () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date("0000-01-01"), max: new Date("9999-12-31") }),
        (date) => {
          const iso = date.toISOString();
          expect(parseTraceTime(iso)).toBe(date.getTime());
          expect(parseTraceTime(iso.replace("T", " ").replace("Z", ""))).toBe(date.getTime());
          expect(parseTraceTime(String(date.getTime()))).toBe(date.getTime());
        },
      ),
    );
  });
});
