import { quantile } from "./statistics.ts";

/** Scores that are kept at most: 64 kB. */
const CAPACITY = 8192;

/** What a stretch of scores comes to, in bounded memory. */
export interface ScoreDigest {
  push(value: number): void;
  /** All `NaN` where nothing was pushed. */
  figures(): { readonly median: number; readonly p95: number; readonly highest: number };
}

/**
 * Creates a digest of nothing. Exact up to 8,192 values; of more, quantiles are those of every second one, then of every fourth, and so on. The highest is
 * always exact.
 */
export function createScoreDigest(): ScoreDigest {
  const kept = new Float64Array(CAPACITY);
  let count = 0;
  let seen = 0;
  let every = 1;
  let highest = Number.NaN;

  const halve = (): void => {
    for (let place = 0; place * 2 < CAPACITY; place += 1) kept[place] = kept[place * 2] as number;
    count = CAPACITY / 2;
    every *= 2;
  };
  return {
    push(value) {
      if (!(value <= highest)) highest = value;
      if (seen % every === 0 && count === CAPACITY) halve();
      if (seen % every === 0) {
        kept[count] = value;
        count += 1;
      }
      seen += 1;
    },
    figures() {
      const sorted = kept.slice(0, count).sort();
      return { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), highest };
    },
  };
}
