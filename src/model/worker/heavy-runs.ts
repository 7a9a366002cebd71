import { MOST_WINDOWS } from "../open-batch.ts";

/** The first runs of a session take memory and warm caches up. */
const WARM_UP = 2;
const RECENT = 5;

/**
 * Tells from the times of runs whether they are too long for the thread that reads: when most of the last five of about the same number of
 * windows exceed the limit. What is larger than a full batch counts as much as a full one; smaller ones count as they are, for a
 * window alone takes far longer than a window in a batch.
 */
export function heavyRuns(limitMs: number): (windows: number, tookMs: number) => boolean {
  const recentOf = new Map<number, number[]>();
  let runs = 0;
  return (windows, tookMs) => {
    runs += 1;
    if (runs <= WARM_UP) return false;
    const size = Math.ceil(Math.log2(Math.min(windows, MOST_WINDOWS)));
    const recent = recentOf.get(size) ?? [];
    recentOf.set(size, recent);
    recent.push(tookMs * Math.min(1, MOST_WINDOWS / windows));
    if (recent.length > RECENT) recent.shift();
    const tooLong = recent.reduce((count, ms) => count + Number(ms > limitMs), 0);
    return recent.length === RECENT && tooLong > RECENT / 2;
  };
}
