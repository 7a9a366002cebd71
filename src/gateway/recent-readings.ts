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

/**
 * Creates an empty store of readings that reach `spanMs` back from whatever is scored next.
 *
 * Scoring may lag behind, as in a replay: what was read after a window is kept, and is not taken for what was around it.
 * A reading costs O(1) and no memory beyond itself.
 */
export function createRecentReadings(spanMs: number): RecentReadings {
  let readings = roomFor(FIRST_ROOM);
  let timesMs = new Float64Array(FIRST_ROOM); // once more: to forget old readings, none of them has to be fetched from memory
  let first = 0; // place of the oldest
  let kept = 0;

  const placeOf = (age: number): number => (first + age) & (timesMs.length - 1);

  const drop = (): void => {
    readings[first] = undefined;
    first = placeOf(1);
    kept -= 1;
  };

  const grow = (): void => {
    const inOrder = Array.from({ length: kept }, (_, age) => readings[placeOf(age)]);
    readings = [...inOrder, ...roomFor(kept)];
    timesMs = Float64Array.from(readings, (reading) => reading?.timeMs ?? Number.NaN);
    first = 0;
  };

  return {
    push(reading) {
      if (kept === MAX_KEPT) drop();
      else if (kept === timesMs.length) grow();
      const place = placeOf(kept);
      readings[place] = reading;
      timesMs[place] = reading.timeMs;
      kept += 1;
    },
    forget(scoredMs) {
      const fromMs = scoredMs - spanMs;
      while (kept > 0 && (timesMs[first] as number) < fromMs) drop();
    },
    before(untilMs) {
      const found: Reading[] = [];
      for (let age = kept - 1; age >= 0 && found.length < MAX_SENT; age -= 1) {
        const reading = readings[placeOf(age)];
        if (reading && reading.timeMs >= untilMs - spanMs && reading.timeMs <= untilMs) {
          found.push(reading);
        }
      }
      return found.reverse();
    },
  };
}

/** Places for so many readings, a power of two; filled from the start, so that the engine keeps them as a plain array. */
function roomFor(readings: number): (Reading | undefined)[] {
  return Array.from({ length: readings }, () => undefined);
}
