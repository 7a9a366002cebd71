import type { Quality, Reading } from "../../core/reading.ts";
import type { CsvHeader, TagColumn } from "./csv-header.ts";
import { shown, type TracePlace, traceInvalid } from "./trace-invalid.ts";
import { parseTraceTime } from "./trace-time.ts";

/** Turns the cells of a row into its readings, called with each row in order. Throws `TRACE_INVALID` when they are none. */
export type RowParser = (cells: readonly string[], line: number) => readonly Reading[];

/** Creates a parser for one pass through the file: it watches that the time does not run backwards. */
export function createRowParser(path: string, { columns, tags }: CsvHeader): RowParser {
  const [timeColumn = ""] = columns;
  let previousMs = Number.NEGATIVE_INFINITY;

  return (cells, line) => {
    const place = { path, line };
    if (cells.length !== columns.length) {
      const problem = `expected ${columns.length} cells as in the header, got ${cells.length}`;
      throw traceInvalid(place, problem, "Correct the row, or remove it.");
    }
    const timeMs = rowTime({ ...place, column: timeColumn }, cellText(cells, 0), previousMs);
    const readings: Reading[] = [];
    for (const column of tags) {
      const value = cellValue(place, column.name, cellText(cells, column.value));
      const quality = cellQuality(place, column, cells, value);
      if (quality === undefined) continue;
      readings.push({
        tag: column.name,
        timeMs,
        value: quality === "bad" ? Number.NaN : value,
        quality,
      });
    }
    previousMs = timeMs;
    return readings;
  };
}

/** The parser leaves the blanks inside quotes to us. */
function cellText(cells: readonly string[], index: number): string {
  return cells[index]?.trim() ?? "";
}

function rowTime(place: TracePlace, cell: string, previousMs: number): number {
  const timeMs = parseTraceTime(cell);
  if (timeMs === undefined) {
    const problem = `expected an ISO 8601 time or epoch milliseconds, got ${shown(cell)}`;
    throw traceInvalid(place, problem, "Put the time of each row into the first column.");
  }
  if (timeMs < previousMs) {
    const before = new Date(previousMs).toISOString();
    const problem = `expected a time not before ${before} of the row above, got ${shown(cell)}`;
    throw traceInvalid(place, problem, "Sort the rows by time.");
  }
  return timeMs;
}

/** `NaN` also for an empty cell. */
function cellValue(place: TracePlace, column: string, cell: string): number {
  if (cell === "") return Number.NaN;
  const value = Number(cell);
  if (Number.isFinite(value) && !hasRadixPrefix(cell)) return value;
  if (cell.toLowerCase() === "nan") return Number.NaN;
  const hint = /^[+-]?\d+,\d+$/.test(cell)
    ? "Write numbers with a decimal point."
    : "Correct the cell, empty it where there was no reading, or leave the column out with ignore.";
  throw traceInvalid(
    { ...place, column },
    `expected a finite number, NaN or an empty cell, got ${shown(cell)}`,
    hint,
  );
}

/** `0x1F`, `0o17` and `0b1` are numbers to JavaScript, but not to whoever wrote the trace. */
function hasRadixPrefix(cell: string): boolean {
  const second = cell.charCodeAt(1);
  return second > 0x39 && second !== 0x45 && second !== 0x65; // beyond "9", neither "E" nor "e"
}

/** `undefined` where there is no reading. */
function cellQuality(
  place: TracePlace,
  { name, value: valueIndex, quality }: TagColumn,
  cells: readonly string[],
  value: number,
): Quality | undefined {
  const word = quality === undefined ? "" : cellText(cells, quality).toLowerCase();
  switch (word) {
    case "bad":
      return "bad";
    case "":
    case "good":
    case "uncertain":
      if (cellText(cells, valueIndex) === "") return undefined;
      return Number.isNaN(value) ? "bad" : word || "good";
    default:
      throw traceInvalid(
        { ...place, column: `${name}:quality` },
        `expected good, uncertain, bad or an empty cell, got ${shown(word)}`,
        "Correct the word, or leave the quality column out with ignore.",
      );
  }
}
