import type { Quality, Reading } from "../core/reading.ts";

/** What there is of a reading but for its tag. */
export type UntaggedReading = Omit<Reading, "tag">;

/**
 * Readings in typed arrays, each at a place, to be kept for longer than a moment: objects would move to where the engine seldom cleans up, and the heap
 * would be several times as large. A reading comes out as it went in.
 */
export interface ReadingColumns {
  readonly room: number;
  write(place: number, reading: UntaggedReading): void;
  /** `undefined` where nothing was written. */
  read(place: number): UntaggedReading | undefined;
  timeMs(place: number): number;
  /** The same readings from `first` on, round the end, at the beginning of larger columns. */
  grown(room: number, first: number): ReadingColumns;
}

/** By their marks; 0 is nothing at all. */
const QUALITIES: readonly (Quality | undefined)[] = [undefined, "good", "uncertain", "bad"];
const MARKS: Readonly<Record<Quality, number>> = { good: 1, uncertain: 2, bad: 3 };
const QUALITY_BITS = 0b0011;
const LATE_BIT = 0b0100;
const CODE_BIT = 0b1000;

/** Creates empty columns: 17 bytes a reading, and eight more once one has a status code. */
export function createReadingColumns(room: number): ReadingColumns {
  return columnsOf({
    timesMs: new Float64Array(room),
    values: new Float64Array(room),
    marks: new Uint8Array(room),
    statusCodes: undefined,
  });
}

interface Arrays {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly marks: Uint8Array;
  /** Absent as long as no reading has one: few protocols give any with a good value. */
  statusCodes: Float64Array | undefined;
}

function columnsOf(arrays: Arrays): ReadingColumns {
  const { timesMs, values, marks } = arrays;
  const room = timesMs.length;
  return {
    room,
    write(place, { timeMs, value, quality, statusCode, late }) {
      timesMs[place] = timeMs;
      values[place] = value;
      let mark = MARKS[quality];
      if (late) mark |= LATE_BIT;
      if (statusCode !== undefined) {
        mark |= CODE_BIT;
        arrays.statusCodes ??= new Float64Array(room);
        arrays.statusCodes[place] = statusCode;
      }
      marks[place] = mark;
    },
    read(place) {
      const mark = marks[place] as number;
      const quality = QUALITIES[mark & QUALITY_BITS];
      if (quality === undefined) return undefined;
      const statusCode = (mark & CODE_BIT) > 0 ? arrays.statusCodes?.[place] : undefined;
      return {
        timeMs: timesMs[place] as number,
        value: values[place] as number,
        quality,
        ...(statusCode !== undefined && { statusCode }),
        ...((mark & LATE_BIT) > 0 && { late: true }),
      };
    },
    timeMs: (place) => timesMs[place] as number,
    grown: (more, first) =>
      columnsOf({
        timesMs: turned(timesMs, new Float64Array(more), first),
        values: turned(values, new Float64Array(more), first),
        marks: turned(marks, new Uint8Array(more), first),
        statusCodes:
          arrays.statusCodes && turned(arrays.statusCodes, new Float64Array(more), first),
      }),
  };
}

/** Copies `from` into `to`, from `first` on and round the end. */
export function turned<Column extends Float64Array | Uint8Array | Uint32Array>(
  from: Column,
  to: Column,
  first: number,
): Column {
  to.set(from.subarray(first));
  to.set(from.subarray(0, first), from.length - first);
  return to;
}
