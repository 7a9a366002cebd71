import type { ModelCard } from "../../src/core/model-card.ts";
import type { Reading } from "../../src/core/reading.ts";
import type { Scorer } from "../../src/model/scorer.ts";

/**
 * A model of one frame and one tag, `level`, whose score is the level; anomalous from 1 on, not judged where it is unknown or
 * below -9, not running below -99.
 */
export function gaugeScorer(change: Partial<ModelCard> = {}): Scorer {
  const card = {
    name: "gauge",
    tags: [{ name: "level", unit: "m" }],
    periodMs: 1_000,
    windowLength: 1,
    stride: 1,
    eventRule: { onDelayMs: 2_000, offDelayMs: 2_000, deadband: 0.1 },
    ...change,
  } as unknown as ModelCard;
  return {
    identity: { name: card.name, version: "1", sha256: "00" },
    card,
    score: async (windows) =>
      windows.map(({ endMs, coverage, values: [level = Number.NaN] }) => {
        const { warningThreshold } = card;
        const score = {
          ...{ endMs, threshold: 1, coverage },
          ...(warningThreshold !== undefined && { warningThreshold }),
        };
        if (Number.isNaN(level) || level < -9) {
          const verdict = level < -99 ? "not-running" : "insufficient-data";
          return { ...score, value: Number.NaN, verdict, contributions: [] };
        }
        const contributions = [{ tag: "level", share: 1, actual: level, expected: 0 }];
        const verdict = level >= 1 ? "anomalous" : "normal";
        return { ...score, value: level, verdict, contributions };
      }),
  };
}

/** One reading of each column a second, from the first second of 1970 on; `undefined` is no reading. */
export async function* columnsOf(
  columns: Readonly<Record<string, readonly (number | undefined)[]>>,
): AsyncGenerator<readonly Reading[]> {
  const rows = Math.max(...Object.values(columns).map(({ length }) => length));
  for (let row = 0; row < rows; row += 1) {
    yield Object.entries(columns).flatMap(([tag, cells]) => {
      const value = cells[row];
      if (value === undefined) return [];
      return [{ tag, timeMs: 1_000 * (row + 1), value, quality: "good" as const }];
    });
  }
}
