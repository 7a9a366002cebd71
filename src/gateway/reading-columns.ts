import type { Quality, Reading } from "../core/reading.ts";

/**
 * Readings without their tags in typed arrays, each at a place, to be kept for longer than a moment: objects would move to where the engine seldom cleans up, and the heap
 * would be several times as large. A reading comes out as it went in.
 */
export interface ReadingColumns {
  write(place: number, reading: Omit<Reading, "tag">): void;
  /** `undefined` where nothing was written. */
  read(place: number, tag: string): Reading | undefined;
  timeMs(place: number): number;
}

/** By their marks; 0 is nothing at all. */
const QUALITIES: readonly (Quality | undefined)[] = [undefined, "good", "uncertain", "bad"];
const MARKS: Readonly<Record<Quality, number>> = { good: 1, uncertain: 2, bad: 3 };
const QUALITY_BITS = 0b0011;
const LATE_BIT = 0b0100;
const CODE_BIT = 0b1000;

/** Creates empty columns: 17 bytes a reading, and eight more once one has a status code. */
export function createReadingColumns(room: number): ReadingColumns {
  const timesMs = new Float64Array(room);
  const values = new Float64Array(room);
  const marks = new Uint8Array(room);
  let statusCodes: Float64Array | undefined; // few protocols give any with a good value
  return {
    write(place, { timeMs, value, quality, statusCode, late }) {
      timesMs[place] = timeMs;
      values[place] = value;
      let mark = MARKS[quality];
      if (late) mark |= LATE_BIT;
      if (statusCode !== undefined) {
        mark |= CODE_BIT;
        statusCodes ??= new Float64Array(room);
        statusCodes[place] = statusCode;
      }
      marks[place] = mark;
    },
    read(place, tag) {
      const mark = marks[place] as number;
      const quality = QUALITIES[mark & QUALITY_BITS];
      if (quality === undefined) return undefined;
      const timeMs = timesMs[place] as number;
      const value = values[place] as number;
      if (mark <= QUALITY_BITS) return { tag, timeMs, value, quality };
      const statusCode = (mark & CODE_BIT) > 0 ? statusCodes?.[place] : undefined;
      return {
        ...{ tag, timeMs, value, quality },
        ...(statusCode !== undefined && { statusCode }),
        ...((mark & LATE_BIT) > 0 && { late: true }),
      };
    },
    timeMs: (place) => timesMs[place] as number,
  };
}
