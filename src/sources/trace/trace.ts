import type { Quality, Reading } from "../../core/reading.ts";

/** All tags of a trace at one recorded time. Made afresh for each row, so the receiver may keep it. */
export interface TraceRow {
  /** Where the row begins in the file; the header is line 1. */
  readonly line: number;
  /** Epoch milliseconds; never less than in the row before, but rows may share a time. */
  readonly timeMs: number;
  /** Tag names, in the order of `values`; the same array in all rows. */
  readonly tags: readonly string[];
  /** Shape `[tags]`, engineering units; `NaN` where `qualities` has `bad` or nothing. */
  readonly values: Float64Array;
  /** Shape `[tags]`; `undefined` where the recording has no reading. */
  readonly qualities: readonly (Quality | undefined)[];
}

/** A recording of readings, opened for reading. */
export interface Trace {
  readonly path: string;
  /** Names of the tags it holds, in the order of the columns. */
  readonly tags: readonly string[];
  /**
   * The rows, in chunks of 1 to 256. Each loop reads the file anew from its start, in bounded memory and
   * no faster than it is consumed; leaving the loop early closes the file. Throws a `GatewayError`:
   * `TRACE_INVALID` at the first row that is wrong, `FILE_UNREADABLE` when reading fails.
   */
  readonly chunks: AsyncIterable<readonly TraceRow[]>;
}

/** The readings of one row, in tag order; a tag without a reading is left out. */
export function traceReadings({ timeMs, tags, values, qualities }: TraceRow): Reading[] {
  const readings: Reading[] = [];
  for (const [index, tag] of tags.entries()) {
    const quality = qualities[index];
    const value = values[index];
    if (quality === undefined || value === undefined) continue;
    readings.push({ tag, timeMs, value, quality });
  }
  return readings;
}
