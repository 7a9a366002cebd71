import type { Reading } from "../../core/reading.ts";
import type { Tag } from "../../core/tag.ts";
import type { TraceFormat, TraceLine } from "./trace-format.ts";
import { isTraceTime } from "./trace-time.ts";

/** All readings of one time, by tag; another reading of the same tag and time takes another row. */
interface Row {
  readonly timeMs: number;
  /** When its first reading came, on the clock of `performance.now`. */
  readonly cameMs: number;
  readonly readings: Map<string, Reading>;
}

/** When nothing has come for a while but readings this much older than the last row, then the clock of that row was wrong. */
const CLOCK_JUMP_MS = 60_000;

/**
 * Creates the format of CSV: a column of values and one of qualities per tag, one row per time, in the order of time.
 *
 * A row is held back for `latenessMs`, so that readings of other tags can get into it, or before it.
 */
export function createCsvFormat(tags: readonly Tag[], latenessMs: number): TraceFormat {
  const names = tags.map(({ name }) => name);
  const known = new Set(names);
  const rows: Row[] = []; // by time
  let lastMs = Number.NEGATIVE_INFINITY; // of the rows that were handed out

  const takeDue = (all: boolean): readonly Row[] => {
    const dueMs = performance.now() - latenessMs;
    const lastDue = all ? rows.length - 1 : rows.findLastIndex(({ cameMs }) => cameMs <= dueMs);
    return rows.splice(0, lastDue + 1);
  };

  return {
    header: `${csvHeader(names)}\n`,
    push(reading) {
      if (!known.has(reading.tag) || !isTraceTime(reading.timeMs)) return false;
      putInRow(rows, reading);
      return true;
    },
    take(all) {
      const due = takeDue(all);
      const newestMs = due.at(-1)?.timeMs ?? Number.POSITIVE_INFINITY;
      const jumped = newestMs < lastMs - CLOCK_JUMP_MS;
      if (jumped) lastMs = Number.NEGATIVE_INFINITY;
      const lines: TraceLine[] = [];
      let late = 0;
      for (const { timeMs, readings } of due) {
        if (timeMs < lastMs) {
          late += readings.size;
          continue;
        }
        lines.push({
          text: `${[timeCell(timeMs), ...names.map((name) => cells(readings.get(name)))].join()}\n`,
          readings: readings.size,
          ...(jumped && lines.length === 0 && { beginsFile: true }),
        });
        lastMs = timeMs;
      }
      return { lines, late };
    },
  };
}

/** The header of a CSV trace; the quality columns are what tells a last row that was cut off. */
export function csvHeader(names: readonly string[]): string {
  const columns = names.flatMap((name) => [name, `${name}:quality`]);
  return ["time", ...columns.map(quoted)].join();
}

function quoted(name: string): string {
  return /[",;\t\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function putInRow(rows: Row[], reading: Reading): void {
  const { tag, timeMs } = reading;
  let place = rows.length;
  while (place > 0 && (rows[place - 1] as Row).timeMs > timeMs) place -= 1;
  const before = rows[place - 1];
  if (before?.timeMs === timeMs && !before.readings.has(tag)) {
    before.readings.set(tag, reading);
    return;
  }
  rows.splice(place, 0, { timeMs, cameMs: performance.now(), readings: new Map([[tag, reading]]) });
}

/** ISO 8601 where that says it all. */
function timeCell(timeMs: number): string {
  if (!Number.isInteger(timeMs)) return String(timeMs);
  const iso = new Date(timeMs).toISOString();
  return iso.length === "0000-00-00T00:00:00.000Z".length ? iso : String(timeMs);
}

/** Value and quality. */
function cells(reading: Reading | undefined): string {
  if (reading === undefined) return ",";
  const { value, quality } = reading;
  if (quality === "bad" || !Number.isFinite(value)) return ",bad";
  return `${Object.is(value, -0) ? "-0" : value},${quality}`;
}
