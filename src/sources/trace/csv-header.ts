import { parse } from "csv-parse/sync";
import { GatewayError } from "../../errors.ts";
import { csvDialect, csvInvalid } from "./csv-dialect.ts";
import { shown, type TracePlace, traceInvalid } from "./trace-invalid.ts";
import { parseTraceTime } from "./trace-time.ts";

const QUALITY_SUFFIX = ":quality";

/** Where the cells of one tag stand in a row; the time stands at 0. */
export interface TagColumn {
  readonly name: string;
  readonly value: number;
  /** Absent when the tag has no quality column. */
  readonly quality?: number;
}

/** What the header of a CSV trace says about its rows. */
export interface CsvHeader {
  readonly delimiter: string;
  /** More than one where a name in quotes has a line break. */
  readonly lines: number;
  /** All columns of the file, in its order. */
  readonly columns: readonly string[];
  /** The columns to read. */
  readonly tags: readonly TagColumn[];
}

/** Where the header ends that a text begins with: at the first line break outside of quotes. */
export function headerEnd(text: string): number {
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\n" && !isQuoted) return at;
  }
  return text.length;
}

/**
 * Reads the header of a CSV trace. A column `<tag>:quality` belongs to its tag and is left out with it.
 *
 * @throws GatewayError `TRACE_INVALID` for a header that is none, `CONFIG_INVALID` when `ignore` names what is not there.
 */
export function parseCsvHeader(path: string, text: string, ignore: readonly string[]): CsvHeader {
  const place = { path, line: 1 };
  const delimiter = findDelimiter(text);
  const columns = splitHeader(place, text, delimiter);
  requireColumnNames(place, columns);
  requireIgnorable(path, columns, ignore);
  const tags = tagColumns(place, columns, ignore);
  if (tags.length === 0) {
    throw new GatewayError("CONFIG_INVALID", `${path}: ignore leaves no tag of [${columns}]`, {
      hint: "Ignore fewer columns.",
    });
  }
  return { delimiter, lines: text.split("\n").length, columns, tags };
}

function splitHeader(place: TracePlace, text: string, delimiter: string): string[] {
  if (text.trim() === "") {
    const hint = "Start the file with a line of column names, the time first.";
    throw traceInvalid(place, "expected a header, got nothing", hint);
  }
  if (text.includes("\uFFFD")) {
    throw traceInvalid(place, `expected UTF-8, got ${shown(text)}`, "Save the file as UTF-8.");
  }
  try {
    const [columns = []] = parse(text, { ...csvDialect, delimiter });
    return columns.map((name) => name.trim());
  } catch (error) {
    throw csvInvalid(place, error as Error);
  }
}

/** The delimiter of a header: whichever stands outside its quotes most often. */
function findDelimiter(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, "");
  let best = ",";
  let most = 0;
  // A comma may be part of a name, a tab hardly ever: where the counts are equal, the first one wins.
  for (const delimiter of ["\t", ";", ","]) {
    const count = bare.split(delimiter).length - 1;
    if (count <= most) continue;
    best = delimiter;
    most = count;
  }
  return best;
}

function requireColumnNames(place: TracePlace, columns: readonly string[]): void {
  const [first = "", ...names] = columns;
  if (names.length === 0) {
    const hint = "Separate the columns with comma, semicolon or tab.";
    throw traceInvalid(place, `expected a time and tag columns, got only ${shown(first)}`, hint);
  }
  if (parseTraceTime(first) !== undefined) {
    const hint = "Put a line of column names before the first row.";
    throw traceInvalid(place, `expected column names, got a row that begins ${shown(first)}`, hint);
  }
  const unnamed = names.indexOf("");
  if (unnamed !== -1) {
    const problem = `expected a name for every column, got none for column ${unnamed + 2} of ${columns.length}`;
    throw traceInvalid(place, problem, "Name the column, or remove the delimiter too many.");
  }
  const column = columns.find((name, index) => columns.indexOf(name) < index);
  if (column !== undefined) {
    const hint = "Rename one of the two columns.";
    throw traceInvalid({ ...place, column }, "expected different names, got this one twice", hint);
  }
}

function requireIgnorable(
  path: string,
  columns: readonly string[],
  ignore: readonly string[],
): void {
  const [time, ...names] = columns;
  for (const column of ignore) {
    if (names.includes(column)) continue;
    const problem = column === time ? "the time cannot be left out" : "there is no such column";
    throw new GatewayError("CONFIG_INVALID", `${path}: ignore "${column}": ${problem}`, {
      hint: `Ignore only columns of the file: ${names.join(", ")}.`,
    });
  }
}

function tagColumns(
  place: TracePlace,
  columns: readonly string[],
  ignore: readonly string[],
): TagColumn[] {
  const tags: TagColumn[] = [];
  for (const [value, name] of columns.entries()) {
    if (value === 0 || ignore.includes(name)) continue;
    if (!name.endsWith(QUALITY_SUFFIX)) {
      const quality = ignore.includes(name + QUALITY_SUFFIX)
        ? -1
        : columns.indexOf(name + QUALITY_SUFFIX);
      tags.push({ name, value, ...(quality > 0 && { quality }) });
      continue;
    }
    const tag = name.slice(0, -QUALITY_SUFFIX.length);
    if (columns.indexOf(tag) > 0) continue;
    const hint = "Name quality columns after their tag, or leave this one out with ignore.";
    throw traceInvalid(
      { ...place, column: name },
      `expected a column "${tag}" for it, got none`,
      hint,
    );
  }
  return tags;
}
