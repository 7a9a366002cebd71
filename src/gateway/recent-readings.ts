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

/**
 * Creates an empty store of readings that reach `spanMs` back from whatever is scored next.
 *
 * Scoring may lag behind, as in a replay: what was read after a window is kept, and is not taken for what was around it.
 */
export function createRecentReadings(spanMs: number): RecentReadings {
  let readings: Reading[] = [];
  let from = 0; // the first that is still wanted
  return {
    push(reading) {
      readings.push(reading);
      if (readings.length - from > MAX_KEPT) from += 1;
      if (from < MAX_KEPT) return;
      readings = readings.slice(from);
      from = 0;
    },
    forget(scoredMs) {
      while ((readings[from]?.timeMs ?? Number.POSITIVE_INFINITY) < scoredMs - spanMs) from += 1;
      if (from <= readings.length / 2) return;
      readings = readings.slice(from);
      from = 0;
    },
    before: (untilMs) =>
      readings
        .slice(from)
        .filter(({ timeMs }) => timeMs >= untilMs - spanMs && timeMs <= untilMs)
        .slice(-MAX_SENT),
  };
}
