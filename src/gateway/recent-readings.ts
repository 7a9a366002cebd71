import type { Reading } from "../core/reading.ts";

/** The newest readings of a machine, to be sent along with its events. */
export interface RecentReadings {
  push(reading: Reading): void;
  /** Forgets what no event from `scoredMs` on can ask for. */
  forget(scoredMs: number): void;
  /** The readings of the span before `untilMs`, oldest first. */
  before(untilMs: number): readonly Reading[];
}

/** Readings sent along at most: an event must not fill the uplink. */
const MAX_SENT = 2_000;
/** Readings kept at most while nothing is scored: a burst must not fill the memory. */
const MAX_KEPT = 20_000;
/** Room at the start; doubled when it is full. */
const FIRST_ROOM = 64;

/** Readings in columns: an object for each would live for the whole span, and the heap would be several times as large. */
interface Columns {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** `NaN` where there is none. */
  readonly statusCodes: Float64Array;
  readonly tags: string[];
  /** Readings that are not good, or late: few, and kept as they are. */
  readonly odd: (Reading | undefined)[];
}

/**
 * Creates an empty store of readings that reach `spanMs` back from whatever is scored next.
 *
 * Scoring may lag behind, as in a replay: what was read after a window is kept, and is not taken for what was around it.
 * A reading costs O(1) and 40 bytes.
 */
export function createRecentReadings(spanMs: number): RecentReadings {
  let columns = createColumns(FIRST_ROOM);
  let first = 0; // place of the oldest
  let kept = 0;

  const placeOf = (age: number): number => (first + age) & (columns.timesMs.length - 1);

  const drop = (): void => {
    columns.odd[first] = undefined;
    first = placeOf(1);
    kept -= 1;
  };

  const grow = (): void => {
    const larger = createColumns(2 * kept);
    for (let age = 0; age < kept; age += 1) move(columns, placeOf(age), larger, age);
    columns = larger;
    first = 0;
  };

  return {
    push(reading) {
      if (kept === MAX_KEPT) drop();
      else if (kept === columns.timesMs.length) grow();
      write(columns, placeOf(kept), reading);
      kept += 1;
    },
    forget(scoredMs) {
      const fromMs = scoredMs - spanMs;
      while (kept > 0 && (columns.timesMs[first] as number) < fromMs) drop();
    },
    before(untilMs) {
      const found: Reading[] = [];
      for (let age = kept - 1; age >= 0 && found.length < MAX_SENT; age -= 1) {
        const place = placeOf(age);
        const timeMs = columns.timesMs[place] as number;
        if (timeMs >= untilMs - spanMs && timeMs <= untilMs) found.push(read(columns, place));
      }
      return found.reverse();
    },
  };
}

/** @param room a power of two */
function createColumns(room: number): Columns {
  return {
    timesMs: new Float64Array(room),
    values: new Float64Array(room),
    statusCodes: new Float64Array(room),
    tags: Array.from({ length: room }, () => ""),
    odd: Array.from({ length: room }, () => undefined),
  };
}

function write(columns: Columns, place: number, reading: Reading): void {
  const { tag, timeMs, value, quality, statusCode, late } = reading;
  columns.timesMs[place] = timeMs;
  columns.values[place] = value;
  columns.statusCodes[place] = statusCode ?? Number.NaN;
  columns.tags[place] = tag;
  if (quality !== "good" || late) columns.odd[place] = reading;
}

function read({ timesMs, values, statusCodes, tags, odd }: Columns, place: number): Reading {
  const statusCode = statusCodes[place] as number;
  return (
    odd[place] ?? {
      tag: tags[place] as string,
      timeMs: timesMs[place] as number,
      value: values[place] as number,
      quality: "good",
      ...(!Number.isNaN(statusCode) && { statusCode }),
    }
  );
}

function move(from: Columns, place: number, to: Columns, target: number): void {
  to.timesMs[target] = from.timesMs[place] as number;
  to.values[target] = from.values[place] as number;
  to.statusCodes[target] = from.statusCodes[place] as number;
  to.tags[target] = from.tags[place] as string;
  to.odd[target] = from.odd[place];
}
