import { GatewayError } from "../../errors.ts";
import { openCsv } from "./csv-trace.ts";
import { openJsonLines } from "./json-lines-trace.ts";
import type { Trace } from "./trace.ts";

export interface OpenTraceOptions {
  /** Tags and other columns to leave out, such as labels; in CSV, a tag takes its quality column with it. */
  readonly ignore?: readonly string[];
}

/**
 * Opens a recording for reading: `*.csv` or `*.jsonl`, each also with `.gz`. Reads only the head of the file,
 * synchronously, and keeps no file open.
 *
 * A CSV trace has a line of column names, the time in the first column (ISO 8601, UTC where no zone stands, or epoch
 * milliseconds), a column of numbers per tag, and perhaps columns `<tag>:quality` of `good`, `uncertain` and `bad` (an empty cell
 * is `good`). Comma, semicolon or tab part the cells; cells may be quoted. An empty cell is no reading, `NaN` or the word `bad`
 * a bad one. Rows are in the order of time.
 *
 * A JSON Lines trace has one reading a line, in the order of arrival:
 * `{ "tag", "timeMs" or "time" (ISO 8601), "value", "quality"?, "statusCode"?, "late"? }`. A value of `null` is a bad reading. The times
 * of one tag do not run backwards, but for readings with `late`: `true` for one that came after a newer one, `false` where the clock was set back. The first line may list the tags, as
 * {@link recordTrace} writes it: `{ "tags": [{ "name", "unit"?, "range"?, "reporting"? }, ...] }`, or just their names. Without it the tags are
 * those that the first megabyte holds.
 *
 * Blank lines are skipped. A last line that was cut off, as when a recorder was killed, is left out with a process warning.
 *
 * @throws {@link GatewayError} `FILE_UNREADABLE`; `TRACE_INVALID` for a wrong head or an unknown kind of file;
 * `CONFIG_INVALID` when `ignore` names what is not there, or leaves nothing.
 */
export function openTrace(path: string, { ignore = [] }: OpenTraceOptions = {}): Trace {
  if (/\.csv(\.gz)?$/i.test(path)) return openCsv(path, ignore);
  if (/\.jsonl(\.gz)?$/i.test(path)) return openJsonLines(path, ignore);
  throw new GatewayError(
    "TRACE_INVALID",
    `${path}: expected a file *.csv or *.jsonl, or with .gz`,
    {
      hint: "Convert the recording to CSV or JSON Lines, or correct the ending of its name.",
    },
  );
}
