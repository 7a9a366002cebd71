import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Labelled rows of one piece of equipment, as a file of the data sets holds them. */
export interface Recording {
  readonly name: string;
  readonly tags: readonly string[];
  /** Epoch milliseconds, ascending. */
  readonly timesMs: Float64Array;
  /** One for each row, cells in the order of `tags`, as they are written in the file. */
  readonly rows: readonly (readonly string[])[];
  readonly labels: Uint8Array;
}

const MINUTE_MS = 60_000;
const SOME_DAY_MS = Date.UTC(2020, 0, 1); // where rows are only numbered
const LABEL = "anomaly";
const LABELS = [LABEL, "changepoint", "anomaly_point"];

/**
 * Reads a file of the data sets: the time first (a number counts minutes), then tags and labels. Rows that run back
 * in time (clocks were set back in one file) are left out.
 */
export function readRecording(folder: string, file: string): Recording {
  const bytes = readFileSync(join(folder, file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const [header = [], ...lines] = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(","));
  let latestMs = Number.NEGATIVE_INFINITY;
  const kept = lines.filter(([time = ""]) => {
    const isLater = parseTime(time) > latestMs;
    if (isLater) latestMs = parseTime(time);
    return isLater;
  });
  const columns = [...header.keys()].slice(1);
  const tagColumns = columns.filter((column) => !LABELS.includes(header[column] ?? ""));
  const label = header.indexOf(LABEL);
  return {
    name: file.replace(/\..*$/, ""),
    tags: tagColumns.map((column) => header[column] ?? ""),
    timesMs: Float64Array.from(kept, ([time = ""]) => parseTime(time)),
    rows: kept.map((cells) => tagColumns.map((column) => cells[column] ?? "")),
    labels: Uint8Array.from(kept, (cells) => (label < 0 ? 0 : Number(cells[label]))),
  };
}

function parseTime(text: string): number {
  if (/^\d+$/.test(text)) return SOME_DAY_MS + Number(text) * MINUTE_MS;
  return Date.parse(`${text.replace(" ", "T")}Z`);
}

/** The rows from `first` on, up to but without `end`. */
export function rowsOf(recording: Recording, first: number, end?: number): Recording {
  return {
    ...recording,
    timesMs: recording.timesMs.slice(first, end),
    rows: recording.rows.slice(first, end),
    labels: recording.labels.slice(first, end),
  };
}

/** One tag as numbers. */
export function signalOf({ rows }: Recording, tag: number): Float64Array {
  return Float64Array.from(rows, (cells) => Number(cells[tag]));
}

/** Has `use` work on the recording as a trace of a user: a CSV file without the labels, which goes away afterwards. */
export async function asTrace<T>(
  { name, tags, timesMs, rows }: Recording,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bench-detection-"));
  const path = join(folder, `${name}.csv`);
  const lines = rows.map((cells, row) => `${timesMs[row]},${cells.join(",")}`);
  writeFileSync(path, [`time,${tags.join(",")}`, ...lines, ""].join("\n"));
  return use(path).finally(() => rm(folder, { recursive: true }));
}
