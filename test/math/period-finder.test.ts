import { describe, expect, it } from "vitest";
import { createPeriodFinder } from "../../src/math/period-finder.ts";

const found = (readings: readonly (readonly [string, number])[]): number | undefined => {
  const finder = createPeriodFinder();
  for (const [tag, timeMs] of readings) finder.push({ tag, timeMs, value: 0, quality: "good" });
  return finder.periodMs();
};

describe("period finder", () => {
  it("finds the usual distance in spite of jitter, gaps and repeated times", () => {
    const times = [0, 1001, 2000, 2000, 2999, 60_000, 61_000];
    expect(found(times.map((timeMs) => ["a", timeMs]))).toBe(1000);
  });

  it("takes the middle of tags that are read at different rates", () => {
    const every = (tag: string, periodMs: number): [string, number][] =>
      [0, 1, 2, 3].map((count) => [tag, count * periodMs]);
    expect(found([...every("a", 100), ...every("b", 1000), ...every("c", 60_000)])).toBe(1000);
  });

  it("finds nothing before a tag was read at two times", () => {
    expect(found([])).toBeUndefined();
    expect(
      found([
        ["a", 1],
        ["b", 2],
        ["a", 1],
      ]),
    ).toBeUndefined();
  });
});
