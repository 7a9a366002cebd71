import { GatewayError } from "../../errors.ts";
import { type CsvHeader, parseCsvHeader } from "./csv-header.ts";
import { createRowParser, type RowParser } from "./csv-row.ts";
import type { Trace, TraceRow } from "./trace.ts";
import { readFirstLine, readLines } from "./trace-file.ts";
import { traceInvalid } from "./trace-invalid.ts";

const ROWS_PER_CHUNK = 256;

export interface OpenTraceOptions {
  /** Columns to leave out, such as labels; a tag takes its quality column with it. */
  readonly ignore?: readonly string[];
}

/**
 * Opens a recording for reading: `*.csv` or `*.csv.gz`. Reads only the head of the file, synchronously, and
 * keeps no file open.
 *
 * A CSV trace has a line of column names, the time in the first column (ISO 8601, UTC where no zone stands, or epoch
 * milliseconds), a column of numbers per tag, and perhaps columns `<tag>:quality` of `good`, `uncertain` and `bad` (an empty cell
 * is `good`). Comma, semicolon or tab part the cells; cells may be quoted but hold no line break. An
 * empty cell is no reading, `NaN` or the word `bad` a bad one. Blank lines are skipped.
 *
 * @throws {@link GatewayError} `FILE_UNREADABLE`; `TRACE_INVALID` for a wrong header or an unknown kind of file;
 * `CONFIG_INVALID` when `ignore` names a column that is not there, or leaves none.
 */
export function openTrace(path: string, { ignore = [] }: OpenTraceOptions = {}): Trace {
  if (!/\.csv(\.gz)?$/i.test(path)) {
    throw new GatewayError("TRACE_INVALID", `${path}: expected a file *.csv or *.csv.gz`, {
      hint: "Convert the recording to CSV, or correct the ending of its name.",
    });
  }
  const header = parseCsvHeader(path, readFirstLine(path), ignore);
  return {
    path,
    tags: header.tags.map(({ name }) => name),
    chunks: { [Symbol.asyncIterator]: () => readCsvRows(path, header) },
  };
}

async function* readCsvRows(path: string, header: CsvHeader): AsyncGenerator<readonly TraceRow[]> {
  const parseRow = createRowParser(path, header);
  let empty = true;
  for await (const lines of readLines(path)) {
    for (const rows of parseInChunks(lines, parseRow)) {
      empty = false;
      yield rows;
    }
  }
  if (empty) {
    const hint = "Record some readings first.";
    throw traceInvalid({ path, line: 2 }, "expected rows below the header, got none", hint);
  }
}

function* parseInChunks(lines: readonly string[], parseRow: RowParser): Generator<TraceRow[]> {
  for (let start = 0; start < lines.length; start += ROWS_PER_CHUNK) {
    const rows: TraceRow[] = [];
    try {
      for (const text of lines.slice(start, start + ROWS_PER_CHUNK)) {
        const row = parseRow(text);
        if (row !== undefined) rows.push(row);
      }
    } finally {
      // Also when a line is wrong: the rows before it are handed out first.
      if (rows.length > 0) yield rows;
    }
  }
}
