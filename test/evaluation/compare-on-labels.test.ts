import { describe, expect, it } from "vitest";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { ModelCard } from "../../src/core/model-card.ts";
import {
  isWorse,
  type LabelledWindow,
  scoreOnLabels,
} from "../../src/evaluation/compare-on-labels.ts";
import type { Scorer } from "../../src/model/scorer.ts";

/** Scores a window by its only value, from a level of 10 on. */
const scorer = {
  identity: { name: "m", version: "1", sha256: "0" },
  card: { drift: { timeMs: 1, limit: 1, offset: [10] } } as Partial<ModelCard> as ModelCard,
  score: async (windows: readonly FrameWindow[]) =>
    windows.map(({ values, offsets, endMs, coverage }) => {
      const value = coverage < 0.5 ? Number.NaN : (values[0] as number) - (offsets?.[0] ?? 0);
      const judged = value >= 4 ? ("anomalous" as const) : ("normal" as const);
      const verdict = Number.isNaN(value) ? ("insufficient-data" as const) : judged;
      return { endMs, value, threshold: 4, verdict, coverage, contributions: [] };
    }),
} satisfies Scorer;

const window = (
  target: string,
  verdict: LabelledWindow["verdict"],
  score: number,
  coverage = 1,
): LabelledWindow => ({
  target,
  verdict,
  window: { endMs: 0, length: 1, tags: 1, values: Float64Array.of(10 + score), coverage },
});

describe("a model on labels", () => {
  it("is counted by events: one window above the threshold raises its event", async () => {
    const score = await scoreOnLabels(scorer, [
      window("f1", "fault", 1),
      window("f1", "fault", 5),
      window("f2", "fault", 3),
      window("a1", "false-alarm", 4),
      window("m1", "maintenance", 9),
      window("m2", "maintenance", 0),
    ]);
    expect(score).toEqual({
      faults: { raised: 1, of: 2 },
      falseAlarms: { raised: 1, of: 1 },
      maintenance: { raised: 1, of: 2 },
    });
  });

  it("is asked for the order of faults and false alarms where there are five of each", async () => {
    const nth = [0, 1, 2, 3, 4];
    const windows = [
      ...nth.map((n) => window(`f${n}`, "fault", 3 + n)),
      ...nth.map((n) => window(`a${n}`, "false-alarm", n)),
    ];
    expect(await scoreOnLabels(scorer, windows)).toMatchObject({ auc: 0.92 - 0 });
    expect(await scoreOnLabels(scorer, windows.slice(1))).not.toHaveProperty("auc");
  });

  it("does not raise what it cannot judge", async () => {
    const score = await scoreOnLabels(scorer, [window("f", "fault", 9, 0.1)]);
    expect(score.faults).toEqual({ raised: 0, of: 1 });
  });

  it.each([
    ["fewer faults", 1, 2, true],
    ["more false alarms", 2, 3, true],
    ["the same", 2, 2, false],
    ["fewer false alarms", 2, 1, false],
  ])("is worse or not with %s", (_, faults, falseAlarms, expected) => {
    const score = (found: number, raised: number) => ({
      faults: { raised: found, of: 4 },
      falseAlarms: { raised, of: 4 },
      maintenance: { raised: 0, of: 0 },
    });
    expect(isWorse(score(2, 2), score(faults, falseAlarms))).toBe(expected);
  });
});
