import { finished } from "node:stream/promises";
import { parse } from "csv-parse";
import { GatewayError } from "../../errors.ts";
import { csvDialect, csvInvalid } from "./csv-dialect.ts";
import { type CsvHeader, parseCsvHeader } from "./csv-header.ts";
import { createRowParser } from "./csv-row.ts";
import type { Trace, TraceRow } from "./trace.ts";
import { readBytes, readFirstLine } from "./trace-file.ts";
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
 * is `good`). Comma, semicolon or tab part the cells; cells may be quoted. An empty cell is no reading, `NaN` or the word `bad`
 * a bad one. Blank lines are skipped.
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
  const rows: TraceRow[] = [];
  let line = 2; // of the next row, blank lines not counted
  const place = () => ({ path, line: line + parser.info.empty_lines });
  const parser = parse({
    ...csvDialect,
    delimiter: header.delimiter,
    from_line: 2,
    on_record(cells: string[]) {
      rows.push(parseRow(cells, place().line));
      // csv-parse itself counts a CRLF inside quotes twice.
      line += cells.join("").split("\n").length;
    },
  });
  // Rows are taken from `rows`, not from the stream, which would drop those before an error.
  const failure = finished(parser.resume()).catch((error: Error) => error);

  for await (const bytes of readBytes(path)) {
    parser.write(bytes); // parses at once
    if (parser.errored) break;
    while (rows.length >= ROWS_PER_CHUNK) yield rows.splice(0, ROWS_PER_CHUNK);
  }
  parser.end();
  const error = await failure;
  while (rows.length > 0) yield rows.splice(0, ROWS_PER_CHUNK);
  if (error) throw csvInvalid(place(), error);
  if (parser.info.records === 0) {
    const hint = "Record some readings first.";
    throw traceInvalid({ path, line: 2 }, "expected rows below the header, got none", hint);
  }
}
