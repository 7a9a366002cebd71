import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { createReadingColumns, turned } from "./reading-columns.ts";

/** The newest readings of a machine, to be sent along with its events. */
export interface RecentReadings {
  /**
   * Keeps a reading, unless it is of another machine.
   *
   * @param place of its tag among the machine's, where that is known
   */
  push(reading: Reading, place?: number): void;
  /** Forgets what no event from `scoredMs` on can ask for. */
  forget(scoredMs: number): void;
  /** The readings of the span before `untilMs`, oldest first. */
  before(untilMs: number): readonly Reading[];
}

/** Readings sent along at most: an event must not fill the uplink. */
const MAX_SENT = 2_000;
/** Readings kept at most while nothing is scored: a burst must not fill the memory. */
const MAX_KEPT = 20_000;
/** Room at the start. */
const FIRST_ROOM = 64;
/** In small steps: what a machine keeps hardly changes, so a step is seldom, and room that is never used is memory of every machine. */
const GROWTH = 1.25;

/**
 * Creates an empty store of readings that reach `spanMs` back from whatever is scored next.
 *
 * Scoring may lag behind, as in a replay: what was read after a window is kept, and is not taken for what was around it.
 * A reading costs O(1) and 21 bytes, or 29 where there are status codes.
 */
export function createRecentReadings(tags: readonly Tag[], spanMs: number): RecentReadings {
  const places = new Map(tags.map(({ name }, place) => [name, place]));
  let columns = createReadingColumns(FIRST_ROOM);
  let tagPlaces = new Uint32Array(FIRST_ROOM);
  let first = 0; // place of the oldest
  let kept = 0;

  const placeOf = (age: number): number => {
    const place = first + age;
    return place < columns.room ? place : place - columns.room;
  };

  const drop = (): void => {
    first = placeOf(1);
    kept -= 1;
  };

  const grow = (): void => {
    const room = Math.min(MAX_KEPT, Math.ceil(GROWTH * columns.room));
    columns = columns.grown(room, first);
    tagPlaces = turned(tagPlaces, new Uint32Array(room), first);
    first = 0;
  };

  return {
    push(reading, given) {
      const tag = given ?? places.get(reading.tag);
      if (tag === undefined) return;
      if (kept === MAX_KEPT) drop();
      else if (kept === columns.room) grow();
      const place = placeOf(kept);
      columns.write(place, reading);
      tagPlaces[place] = tag;
      kept += 1;
    },
    forget(scoredMs) {
      const fromMs = scoredMs - spanMs;
      while (kept > 0 && columns.timeMs(first) < fromMs) drop();
    },
    before(untilMs) {
      const found: Reading[] = [];
      for (let age = kept - 1; age >= 0 && found.length < MAX_SENT; age -= 1) {
        const place = placeOf(age);
        const timeMs = columns.timeMs(place);
        if (timeMs < untilMs - spanMs || timeMs > untilMs) continue;
        const tag = tags[tagPlaces[place] as number];
        const reading = columns.read(place);
        if (tag && reading) found.push({ tag: tag.name, ...reading });
      }
      return found.reverse();
    },
  };
}
