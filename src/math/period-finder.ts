import type { Reading } from "../core/reading.ts";
import { quantile } from "./statistics.ts";

/** Finds out how often tags are read. */
export interface PeriodFinder {
  push(reading: Reading): void;
  /** The middle of the tags' usual distances between two readings, in whole milliseconds; `undefined` before any tag was read twice. */
  periodMs(): number | undefined;
}

/** Creates a finder; it remembers one number per reading. */
export function createPeriodFinder(): PeriodFinder {
  const lastMs = new Map<string, number>();
  const distances = new Map<string, number[]>();
  return {
    push({ tag, timeMs }) {
      const distance = timeMs - (lastMs.get(tag) ?? timeMs);
      lastMs.set(tag, timeMs);
      if (distance <= 0) return;
      const known = distances.get(tag);
      if (known) known.push(distance);
      else distances.set(tag, [distance]);
    },
    periodMs() {
      if (distances.size === 0) return undefined;
      return Math.max(1, Math.round(median([...distances.values()].map(median))));
    },
  };
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
