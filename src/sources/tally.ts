import type { SourceCounters } from "./source.ts";

/** {@link SourceCounters} while they are counted. */
export type Tally = { -readonly [Name in keyof SourceCounters]: SourceCounters[Name] };

/** Stands at zero. */
export function createTally(): Tally {
  return {
    readings: 0,
    bad: 0,
    late: 0,
    duplicates: 0,
    clockJumps: 0,
    overflows: 0,
    skippedPolls: 0,
    losses: 0,
  };
}
