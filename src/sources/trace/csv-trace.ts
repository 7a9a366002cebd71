import { finished } from "node:stream/promises";
import { parse } from "csv-parse";
import type { Reading } from "../../core/reading.ts";
import { csvDialect, csvInvalid } from "./csv-dialect.ts";
import { type CsvHeader, headerEnd, parseCsvHeader } from "./csv-header.ts";
import { createRowParser } from "./csv-row.ts";
import { LINES_PER_CHUNK, type Trace } from "./trace.ts";
import { readBytes, readHead } from "./trace-file.ts";
import { traceInvalid, warnOfCut } from "./trace-invalid.ts";

const LINE_BREAK = 0x0a;

/** Opens a CSV trace; see {@link openTrace}. */
export function openCsv(path: string, ignore: readonly string[]): Trace {
  const head = readHead(path, (text) => headerEnd(text) < text.length);
  const header = parseCsvHeader(path, head.slice(0, headerEnd(head)), ignore);
  return {
    path,
    tags: header.tags.map(({ name }) => ({ name })),
    chunks: { [Symbol.asyncIterator]: () => readCsvRows(path, header) },
  };
}

async function* readCsvRows(path: string, header: CsvHeader): AsyncGenerator<readonly Reading[]> {
  const parseRow = createRowParser(path, header);
  const rows: (readonly Reading[])[] = [];
  const takeChunk = (): Reading[] => rows.splice(0, LINES_PER_CHUNK).flat();
  let line = header.lines + 1; // of the next row, blank lines not counted
  let isCutOff = false; // whether the row that comes, the last one, has no line break
  let cut: Error | undefined;
  const place = () => ({ path, line: line + parser.info.empty_lines });
  const parser = parse({
    ...csvDialect,
    delimiter: header.delimiter,
    from: 2,
    on_record(cells: string[]) {
      if (cut !== undefined) throw cut; // it was not the last
      try {
        rows.push(parseRow(cells, place().line));
      } catch (error) {
        if (!isCutOff) throw error;
        cut = error as Error;
        return;
      }
      // csv-parse itself counts a CRLF inside quotes twice.
      line += cells.join("").split("\n").length;
    },
  });
  // Rows are taken from `rows`, not from the stream, which would drop those before an error.
  const failure = finished(parser.resume()).catch((error: Error) => error);

  let lastByte: number | undefined;
  for await (const bytes of readBytes(path)) {
    lastByte = bytes.at(-1);
    parser.write(bytes); // parses at once
    if (parser.errored) break;
    while (rows.length >= LINES_PER_CHUNK) yield takeChunk();
  }
  isCutOff = lastByte !== LINE_BREAK;
  parser.end();
  const error = await failure;
  while (rows.length > 0) yield takeChunk();
  if (error) throw csvInvalid(place(), error);
  if (cut !== undefined) warnOfCut(place());
  if (parser.info.records === (cut === undefined ? 1 : 2)) {
    const hint = "Record some readings first.";
    const problem = "expected rows below the header, got none";
    throw traceInvalid({ path, line: header.lines + 1 }, problem, hint);
  }
}
