import { describe, expect, it } from "vitest";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { ModelCard } from "../../src/core/model-card.ts";
import {
  isWorse,
  type LabelledIncident,
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

const windowAt = (second: number, score: number, coverage = 1): FrameWindow => ({
  ...{ endMs: second * 1000, length: 1, tags: 1, coverage },
  values: Float64Array.of(10 + score),
});

/** An incident with a window of each score, second by second. */
const incident = (
  verdict: LabelledIncident["verdict"],
  ...scores: readonly number[]
): LabelledIncident => ({
  verdict,
  windows: scores.map((score, second) => windowAt(second, score)),
});

/** The same model, with an average over ten seconds. */
const smoothing: Scorer = {
  ...scorer,
  card: { ...scorer.card, smoothingMs: 10_000, stride: 1, periodMs: 1000 },
};

/** Before and after a peak all is as it was. */
const beside = (window: FrameWindow): readonly FrameWindow[] =>
  (window.values[0] as number) > 15
    ? [windowAt(window.endMs / 1000 - 1, 2), window, windowAt(window.endMs / 1000 + 1, 2)]
    : [window];

describe("a model on labels", () => {
  it("is counted by incidents: one window above the threshold raises its own where nothing is averaged", async () => {
    const score = await scoreOnLabels(scorer, [
      incident("fault", 1, 5),
      incident("fault", 3),
      incident("false-alarm", 4),
      incident("maintenance", 9),
      incident("maintenance", 0),
    ]);
    expect(score).toEqual({
      faults: { raised: 1, of: 2 },
      falseAlarms: { raised: 1, of: 1 },
      maintenance: { raised: 1, of: 2 },
    });
  });

  it("is asked as a gateway is: a short peak in the average raises nothing, what lasts does", async () => {
    const peak = [2, 9, 2, 2, 2, 9, 2].map((score, place) => windowAt(5 * place, score));
    const lasts = [windowAt(0, 9), windowAt(60, 9)];
    const faults = { raised: 1, of: 1 };
    const asked = (model: Scorer) =>
      scoreOnLabels(model, [
        { verdict: "false-alarm", windows: peak.flatMap(beside), reached: 0.3 },
        { verdict: "fault", windows: lasts, reached: 0.3 },
      ]);
    expect(await asked(smoothing)).toMatchObject({ falseAlarms: { raised: 0, of: 1 }, faults });
    expect(await asked(scorer)).toMatchObject({ falseAlarms: { raised: 1, of: 1 }, faults });
  });

  it("is asked for the order of faults and false alarms where there are five of each", async () => {
    const nth = [0, 1, 2, 3, 4];
    const windows = [
      ...nth.map((n) => incident("fault", 3 + n)),
      ...nth.map((n) => incident("false-alarm", n)),
    ];
    expect(await scoreOnLabels(scorer, windows)).toMatchObject({ auc: 0.92 - 0 });
    expect(await scoreOnLabels(scorer, windows.slice(1))).not.toHaveProperty("auc");
  });

  it("does not raise what it cannot judge", async () => {
    const hidden = { verdict: "fault", windows: [windowAt(0, 9, 0.1)] } as const;
    for (const model of [scorer, smoothing]) {
      const score = await scoreOnLabels(model, [hidden, { ...hidden, windows: [] }]);
      expect(score.faults).toEqual({ raised: 0, of: 2 });
    }
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
