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
  let ring = createRing(FIRST_ROOM);
  let first = 0; // place of the oldest
  let kept = 0;

  const placeOf = (age: number): number => (first + age) & (ring.timesMs.length - 1);

  const drop = (): void => {
    ring.readings[first] = undefined;
    first = placeOf(1);
    kept -= 1;
  };

  const grow = (): void => {
    const larger = createRing(2 * kept);
    for (let age = 0; age < kept; age += 1) put(larger, age, ring.readings[placeOf(age)]);
    ring = larger;
    first = 0;
  };

  return {
    push(reading) {
      if (kept === MAX_KEPT) drop();
      else if (kept === ring.timesMs.length) grow();
      put(ring, placeOf(kept), reading);
      kept += 1;
    },
    forget(scoredMs) {
      while (kept > 0 && (ring.timesMs[first] as number) < scoredMs - spanMs) drop();
    },
    before(untilMs) {
      const found: Reading[] = [];
      for (let age = kept - 1; age >= 0 && found.length < MAX_SENT; age -= 1) {
        const reading = ring.readings[placeOf(age)];
        if (reading && reading.timeMs >= untilMs - spanMs && reading.timeMs <= untilMs) {
          found.push(reading);
        }
      }
      return found.reverse();
    },
  };
}

/** Places that are used over and over; a power of two of them. */
interface Ring {
  readonly readings: (Reading | undefined)[];
  /** Their times once more: to forget old readings, none of them has to be fetched from memory. */
  readonly timesMs: Float64Array;
}

function createRing(room: number): Ring {
  return {
    readings: Array.from({ length: room }, () => undefined),
    timesMs: new Float64Array(room),
  };
}

function put(ring: Ring, place: number, reading: Reading | undefined): void {
  ring.readings[place] = reading;
  ring.timesMs[place] = reading?.timeMs ?? Number.NaN;
}
