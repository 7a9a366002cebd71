import { describe, expect, it } from "vitest";
import type { Score } from "../../src/core/score.ts";
import type { ScoreSummary } from "../../src/core/score-summary.ts";
import { createScoreSummarizer, type ScoreSummarizer } from "../../src/truth/summarize-scores.ts";
import { HOUR_MS, type Minute, START_MS, scoredMinutes } from "./captured-machine.ts";

const scoresOf = (minutes: readonly Minute[]): Score[] =>
  scoredMinutes(minutes).map(([score]) => score);

function summarizer(): { summaries: ScoreSummary[]; summarizer: ScoreSummarizer } {
  const summaries: ScoreSummary[] = [];
  const created = createScoreSummarizer({
    gateway: "gateway-1",
    machine: "pump-1",
    model: { name: "pump", version: "1", sha256: "ab".repeat(32) },
    onSummary: (summary) => summaries.push(summary),
  });
  return { summaries, summarizer: created };
}

describe("a score summarizer", () => {
  it("sums up each hour as soon as the next one has begun, and the rest at the end", () => {
    const { summaries, summarizer: hours } = summarizer();
    const scores = scoresOf(Array.from({ length: 150 }, (_, minute) => ({ value: minute / 100 })));
    for (const [minute, score] of scores.entries()) {
      hours.scored(score);
      expect(summaries).toHaveLength(Math.floor(minute / 60));
    }
    hours.end();
    expect(summaries.map(({ startMs, endMs, normal }) => [startMs, endMs, normal])).toEqual([
      [START_MS, START_MS + 59 * 60_000, 60],
      [START_MS + HOUR_MS, START_MS + HOUR_MS + 59 * 60_000, 60],
      [START_MS + 2 * HOUR_MS, START_MS + 2 * HOUR_MS + 29 * 60_000, 30],
    ]);
    expect(summaries[0]).toMatchObject({ median: 0.295, highest: 0.59, threshold: 4, revision: 0 });
    expect(summaries[0]?.p95).toBeCloseTo(0.5605);
    hours.end();
    expect(summaries).toHaveLength(3);
  });

  it("counts windows by what was said of them", () => {
    const { summaries, summarizer: hours } = summarizer();
    const minutes: Minute[] = [
      { value: 1 },
      { value: 5 },
      { value: 6 },
      { value: Number.NaN },
      { value: Number.NaN, verdict: "not-running" },
      { value: Number.NaN, verdict: "not-running" },
    ];
    for (const score of scoresOf(minutes)) hours.scored(score, score.value === 6);
    hours.end();
    expect(summaries).toMatchObject([
      { normal: 1, anomalous: 1, muted: 1, insufficientData: 1, notRunning: 2 },
    ]);
    expect(summaries).toMatchObject([{ median: 5, highest: 6 }]);
  });

  it("has no figures of an hour in which the machine stood still", () => {
    const { summaries, summarizer: hours } = summarizer();
    const still = scoresOf([{ value: Number.NaN, verdict: "not-running" }]);
    for (const score of still) hours.scored(score);
    hours.end();
    const none = { median: Number.NaN, p95: Number.NaN, highest: Number.NaN };
    expect(summaries).toMatchObject([none]);
  });

  it("leaves out an hour without windows, and gives a replay the same ids", () => {
    const ids = (): string[] => {
      const { summaries, summarizer: hours } = summarizer();
      const scores = scoresOf(Array.from({ length: 200 }, () => ({ value: 0 })));
      for (const score of [...scores.slice(0, 50), ...scores.slice(150)]) hours.scored(score);
      hours.end();
      return summaries.map(({ id }) => id);
    };
    expect(ids()).toHaveLength(3);
    expect(new Set(ids()).size).toBe(3);
    expect(ids()).toEqual(ids());
  });
});
