import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { defer, finalize, tap } from "rxjs";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requirePositive,
} from "../../math/range-checks.ts";
import type { Source } from "../source.ts";
import { createCsvFormat, csvHeader } from "./csv-format.ts";
import { parseCsvHeader } from "./csv-header.ts";
import { createJsonLinesFormat } from "./json-lines-format.ts";
import { createRecordingFile } from "./recording-file.ts";
import { createRecordingLedger, type RecordingStats } from "./recording-ledger.ts";
import type { TraceFormat } from "./trace-format.ts";
import { createTraceRecorder, type TraceRecorder } from "./trace-recorder.ts";

export interface RecordTraceOptions {
  /**
   * A file that would grow beyond this is closed, and the next one begun.
   * @defaultValue 16 MiB
   */
  readonly maxFileBytes?: number;
  /**
   * So is one that was begun this long ago.
   * @defaultValue one day
   */
  readonly maxFileMs?: number;
  /**
   * Files that are kept, the one being written included: the oldest are removed. With `maxFileBytes` it bounds the disk that is used.
   * @defaultValue 64
   */
  readonly maxFiles?: number;
  /**
   * How often what has come is put on the disk, which is what a power cut costs at most.
   * @defaultValue 1000
   */
  readonly flushMs?: number;
  /**
   * For CSV only: how long a row waits for readings that belong into it or before it. A power cut costs as much in addition.
   * @defaultValue 5000
   */
  readonly latenessMs?: number;
}

/** A source whose readings are recorded. */
export interface RecordedSource extends Source {
  /** What was written and what was not, since the source was made. */
  stats(): RecordingStats;
  /**
   * Resolves once what has come is on the disk; CSV rows that still wait for others only after the subscription has ended.
   *
   * @throws GatewayError `FILE_UNWRITABLE`
   */
  flush(): Promise<void>;
}

/**
 * Records the readings of a source to files beside `path`, in CSV or JSON Lines by its ending, while they go on as they are.
 * {@link traceSource} replays such a file.
 *
 * `pump.jsonl` becomes `pump-2026-11-24T10-00-00.000Z.jsonl` and so on, named after the time at which each was begun; the names sort in the
 * order of recording. A restart begins a new file with its first reading, a new subscription goes on with the last one. JSON Lines keeps the readings as they are and in their order, so
 * that they replay to the same frames. CSV, for spreadsheets, has them in the order of time, without status codes and `late`.
 *
 * Delivery: recording neither holds a reading back nor loses one to who is subscribed. Each line is written whole and flushed to the
 * disk every `flushMs`; a kill or a power cut costs what came since, and leaves at most one half line, which {@link openTrace}
 * leaves out. While the disk is full or gone, 100,000 readings wait in memory; what comes then is dropped and counted in `stats`, and a
 * process warning says so once. Nothing is recorded twice.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option out of range, an ending that is neither `.csv` nor `.jsonl`, or a tag
 * name that CSV cannot hold; `FILE_UNWRITABLE` when the folder is missing or may not be written to
 */
export function recordTrace(
  source: Source,
  path: string,
  options: RecordTraceOptions = {},
): RecordedSource {
  const { flushMs, ...limits } = requireOptions(path, options);
  const createFormat = formatFor(path, source.tags, limits.latenessMs);
  requireFolder(dirname(path));
  const ledger = createRecordingLedger();
  const recorders: TraceRecorder[] = [];
  const free: TraceRecorder[] = []; // of subscriptions that have ended

  const createRecorder = (): TraceRecorder => {
    const format = createFormat();
    const file = createRecordingFile(path, format.header, limits);
    const recorder = createTraceRecorder(format, file, ledger, flushMs);
    recorders.push(recorder);
    return recorder;
  };

  const { counters } = source;
  return {
    name: source.name,
    tags: source.tags,
    ...(counters !== undefined && { counters: () => counters() }),
    status: source.status,
    readings: defer(() => {
      const recorder = free.pop() ?? createRecorder();
      return source.readings.pipe(
        tap((reading) => recorder.push(reading)),
        finalize(() => {
          recorder.rest();
          free.push(recorder);
        }),
      );
    }),
    stats: () => ledger.stats(),
    async flush() {
      await Promise.all(recorders.map((recorder) => recorder.flush()));
    },
  };
}

function requireOptions(path: string, options: RecordTraceOptions): Required<RecordTraceOptions> {
  const owner = "recordTrace";
  requireKnown(owner, options, ["maxFileBytes", "maxFileMs", "maxFiles", "flushMs", "latenessMs"]);
  const { maxFileBytes = 16 * 1024 * 1024, maxFileMs = 86_400_000, maxFiles = 64 } = options;
  const { flushMs = 1000, latenessMs = 5000 } = options;
  requirePositive(owner, { maxFileBytes, maxFileMs, flushMs });
  requireCount(owner, { maxFiles });
  requireNotNegative(owner, { latenessMs });
  if (options.latenessMs !== undefined && !isCsv(path)) {
    throw new GatewayError("CONFIG_INVALID", `recordTrace: latenessMs is for CSV, got ${path}`, {
      hint: "Leave it out: JSON Lines keeps the order of arrival.",
    });
  }
  return { maxFileBytes, maxFileMs, maxFiles, flushMs, latenessMs };
}

function isCsv(path: string): boolean {
  return /\.csv$/i.test(path);
}

function formatFor(path: string, tags: readonly Tag[], latenessMs: number): () => TraceFormat {
  if (isCsv(path)) {
    requireCsvNames(path, tags);
    return () => createCsvFormat(tags, latenessMs);
  }
  if (/\.jsonl$/i.test(path)) return () => createJsonLinesFormat(tags);
  const hint = path.toLowerCase().endsWith(".gz")
    ? "Compress the files that are finished: one that is cut off by a power cut has to stay readable."
    : "Record to *.jsonl, or to *.csv for spreadsheets.";
  const problem = `recordTrace: expected a path *.jsonl or *.csv, got ${path}`;
  throw new GatewayError("CONFIG_INVALID", problem, { hint });
}

/** A name that comes back as another, or not at all, would make the recording worthless. */
function requireCsvNames(path: string, tags: readonly Tag[]): void {
  const names = tags.map(({ name }) => name);
  try {
    const read = parseCsvHeader(path, csvHeader(names), []).tags.map(({ name }) => name);
    const changed = names.find((name, place) => name !== read[place]);
    if (changed === undefined) return;
    throw new Error(`expected the tag ${JSON.stringify(changed)} to be read as it is`);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new GatewayError("CONFIG_INVALID", `recordTrace: CSV cannot hold these tags: ${reason}`, {
      cause,
      hint: "Record to *.jsonl, which can hold every name.",
    });
  }
}

function requireFolder(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) throw new Error("it is not a folder");
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new GatewayError("FILE_UNWRITABLE", `cannot record in ${folder}: ${reason}`, {
      cause,
      hint: "Make the folder, and give the user who runs this the right to write to it.",
    });
  }
}
