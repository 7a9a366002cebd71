/** A value that a server gave away, as it prints it: one JSON array a line. */
export type Served = readonly [tag: string, value: number, timeMs: number];

/** Counts for a server: never the same number twice, not even after it was killed and started again. */
export function createCounter(run: number): (tag: string) => number {
  const counts = new Map<string, number>();
  return (tag) => {
    const count = (counts.get(tag) ?? run * 1_000_000) + 1;
    counts.set(tag, count);
    process.stdout.write(`${JSON.stringify([tag, count, Date.now()] satisfies Served)}\n`);
    return count;
  };
}
