import { describe, expect, it } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { createRecentReadings, type RecentReadings } from "../../src/gateway/recent-readings.ts";

const tags = Array.from({ length: 7 }, (_, place) => ({ name: `tag ${place}` }));
const recentOf = (spanMs: number): RecentReadings => createRecentReadings(tags, spanMs);

const filled = (count: number, spanMs: number) => {
  const recent = recentOf(spanMs);
  for (let timeMs = 0; timeMs < count; timeMs += 1) {
    recent.push({ tag: "tag 0", timeMs, value: timeMs, quality: "good" }, 0);
  }
  return {
    forget: recent.forget,
    before: (untilMs: number): number[] => recent.before(untilMs).map(({ timeMs }) => timeMs),
  };
};

describe("recent readings", () => {
  it("gives back the span before a moment, oldest first, and nothing of what came after it", () => {
    expect(filled(0, 10).before(5)).toEqual([]);
    expect(filled(100, 3).before(99)).toEqual([96, 97, 98, 99]);
    expect(filled(100, 3).before(50)).toEqual([47, 48, 49, 50]);
  });

  it("keeps what scoring has not come to yet, and forgets what lies behind its span", () => {
    const recent = filled(10_000, 3);
    recent.forget(5_000);
    expect(recent.before(5_001)).toEqual([4_998, 4_999, 5_000, 5_001]);
    expect(recent.before(4_000)).toEqual([]);
  });

  it("keeps no more than 20,000 while nothing is scored, and sends no more than 2,000", () => {
    const recent = filled(50_000, 1e9);
    expect(recent.before(29_000)).toEqual([]);
    const sent = recent.before(49_999);
    expect([sent.length, sent[0], sent.at(-1)]).toEqual([2_000, 48_000, 49_999]);
  });

  it("keeps the same, however often readings come and go", () => {
    const plain: number[] = [];
    const recent = recentOf(100);
    for (let timeMs = 0; timeMs < 5_000; timeMs += 1) {
      recent.push({ tag: "tag 0", timeMs, value: timeMs, quality: "good" }, 0);
      plain.push(timeMs);
      if (timeMs % 700 !== 0) continue;
      recent.forget(timeMs - 50);
      while ((plain[0] ?? 0) < timeMs - 150) plain.shift();
      const kept = recent.before(timeMs - 50).map((reading) => reading.timeMs);
      expect(kept).toEqual(plain.filter((time) => time <= timeMs - 50));
    }
  });

  it("gives every reading back as it came, good or not", () => {
    const came: Reading[] = Array.from({ length: 300 }, (_, timeMs) => {
      const plain = {
        tag: `tag ${timeMs % 7}`,
        timeMs,
        value: timeMs / 3,
        quality: "good",
      } as const;
      if (timeMs % 5 === 1) return { ...plain, statusCode: 0 };
      if (timeMs % 5 === 2) return { ...plain, quality: "bad", value: Number.NaN, statusCode: 7 };
      if (timeMs % 5 === 3) return { ...plain, late: true };
      return timeMs % 5 === 4 ? { ...plain, quality: "uncertain" } : plain;
    });
    const recent = recentOf(90);
    came.forEach((reading, place) => {
      recent.push(reading, place % 7);
      recent.forget(reading.timeMs);
      expect(recent.before(reading.timeMs)).toEqual(came.slice(Math.max(0, place - 90), place + 1));
    });
  });
});
