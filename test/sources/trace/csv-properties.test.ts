import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitCells } from "../../../src/sources/trace/csv-cells.ts";
import { openTrace } from "../../../src/sources/trace/open-trace.ts";
import { parseTraceTime } from "../../../src/sources/trace/trace-time.ts";
import { readRows } from "./read-rows.ts";
import { traceFolder } from "./trace-folder.ts";

const folder = traceFolder();
const delimiters = fc.constantFrom(",", ";", "\t");
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // no -0
const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

const tables = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[^\s:"\uFFFD]([^\r\n\uFFFD]*[^\s:\uFFFD])?$/u), {
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
        expect(openTrace(path).tags).toEqual(names);
        const read = await readRows(path);
        expect(read.map(({ values }) => [...values])).toEqual(rows);
        expect(read.map(({ timeMs }) => timeMs)).toEqual(rows.map((_, index) => index * 1000));
      }),
    );
  });

  it("splits lines as csv-parse does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "°", "1", " ", '"', ",", ";", "\t") });
    const cells = fc.array(fc.record({ text, quoted: fc.boolean() }), { minLength: 2 });
    fc.assert(
      fc.property(cells, delimiters, (row, delimiter) => {
        const line = row
          .map(({ text, quoted }) => (quoted || /[",;\t]/.test(text) ? quote(text) : text))
          .join(delimiter);
        const [expected = []]: string[][] = parse(line, { delimiter });
        expect(splitCells(line, delimiter)).toEqual(expected.map((cell) => cell.trim()));
      }),
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
