import type { Reading } from "../core/reading.ts";

/** The newest readings of a machine, to be sent along with its events. */
export interface RecentReadings {
  push(reading: Reading): void;
  /** The readings of the last `spanMs` before the newest one, oldest first. */
  last(spanMs: number): readonly Reading[];
}

/** Readings kept at most, whatever the span: a burst must not fill the memory, nor an event the uplink. */
const CAPACITY = 2_000;

/** Creates a ring of at most {@link CAPACITY} readings. */
export function createRecentReadings(): RecentReadings {
  const ring: Reading[] = [];
  let next = 0; // place of the oldest once full
  return {
    push(reading) {
      ring[next] = reading;
      next = (next + 1) % CAPACITY;
    },
    last(spanMs) {
      const inOrder = [...ring.slice(next), ...ring.slice(0, next)];
      const sinceMs = (inOrder.at(-1)?.timeMs ?? 0) - spanMs;
      return inOrder.filter(({ timeMs }) => timeMs >= sinceMs);
    },
  };
}
