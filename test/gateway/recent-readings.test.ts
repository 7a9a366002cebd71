import { describe, expect, it } from "vitest";
import { createRecentReadings } from "../../src/gateway/recent-readings.ts";

const times = (count: number, spanMs: number): number[] => {
  const recent = createRecentReadings();
  for (let timeMs = 0; timeMs < count; timeMs += 1) {
    recent.push({ tag: "a", timeMs, value: timeMs, quality: "good" });
  }
  return recent.last(spanMs).map(({ timeMs }) => timeMs);
};

describe("recent readings", () => {
  it("gives back the last span, oldest first", () => {
    expect(times(0, 10)).toEqual([]);
    expect(times(100, 3)).toEqual([96, 97, 98, 99]);
  });

  it("keeps no more than 2,000, whatever the span", () => {
    const kept = times(5_000, 1e9);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([2_000, 3_000, 4_999]);
  });
});
