import { CsvError, type Options } from "csv-parse";
import { type TracePlace, traceInvalid } from "./trace-invalid.ts";

/** More than a megabyte without a line break is no trace, or a quote that nobody closed. */
export const LONGEST_ROW = 1_048_576;

/** How csv-parse reads a trace, header and rows; the delimiter is found from the header. */
export const csvDialect: Options = {
  bom: true,
  record_delimiter: ["\n", "\r\n"],
  trim: true,
  skip_empty_lines: true,
  relax_column_count: true, // compared with the header, see createRowParser
  max_record_size: LONGEST_ROW,
};

/** What csv-parse refuses as `TRACE_INVALID`; any other error as it is. */
export function csvInvalid(place: TracePlace, error: Error): Error {
  if (!(error instanceof CsvError)) return error;
  if (error.code === "CSV_MAX_RECORD_SIZE") {
    const problem = `expected lines of at most ${LONGEST_ROW} characters, got a longer one`;
    const hint =
      "Check that the file is text, its quotes closed, with a line break after each row.";
    return traceInvalid(place, problem, hint, error);
  }
  const found = error.code === "CSV_QUOTE_NOT_CLOSED" ? "an open one" : "one beside other text";
  const hint = 'Quote whole cells, double a quote inside quotes (""), keep each name on one line.';
  return traceInvalid(place, `expected closed quotes, got ${found}`, hint, error);
}
