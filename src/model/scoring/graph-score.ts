import type { FrameWindow } from "../../core/frame.ts";
import type { Calibration, ModelCard } from "../../core/model-card.ts";
import type { Contribution, Score } from "../../core/score.ts";

/** From this share of the threshold on it is worth finding out which tags a score comes from. */
const EXPLAINED_FROM = 0.5;

/** Normalized windows, and the scores that the graph has given them. */
export interface GivenScores {
  /** Shape `[windows, length, tags]`. */
  readonly input: Float32Array;
  /** Shape `[windows]`. */
  readonly given: Float32Array;
  /** Shape `[windows]`. */
  readonly thresholds: readonly Pick<Score, "threshold" | "warningThreshold">[];
  /** Asks the graph for the scores of other windows. */
  readonly run: (input: Float32Array) => Promise<Float32Array>;
}

/**
 * Makes scores of what a graph with `output: "score"` has given.
 *
 * Such a graph does not say which tag is strange. From half the threshold on that is found by scoring the window again without
 * each tag in turn, at the cost of one more window per tag; below, the contributions are evenly spread.
 */
export async function scoreByGraph(
  card: ModelCard,
  windows: readonly FrameWindow[],
  { input, given, thresholds, run }: GivenScores,
): Promise<Score[]> {
  const cells = input.length / windows.length;
  const tags = card.tags.length;
  const scores: Score[] = [];
  for (const [place, window] of windows.entries()) {
    const score = given[place] as number;
    const levels = thresholds[place] as Pick<Score, "threshold" | "warningThreshold">;
    const { threshold } = levels;
    const value = standardScore(score, card.calibration);
    const cellsOfWindow = input.subarray(place * cells, (place + 1) * cells);
    const shares =
      value >= EXPLAINED_FROM * threshold
        ? occlusionShares(score, await run(occlusions(cellsOfWindow, tags)))
        : new Float64Array(tags).fill(1 / tags);
    scores.push({
      endMs: window.endMs,
      value,
      ...levels,
      verdict: value >= threshold ? "anomalous" : "normal",
      coverage: window.coverage,
      contributions: contributionsOf(card, window, cellsOfWindow, shares),
    });
  }
  return scores;
}

/** Standard deviations that a given score lies above those of held-out normal windows. */
function standardScore(given: number, { logMean, logDeviation }: Calibration): number {
  return (given - logMean) / logDeviation;
}

/**
 * Copies of one window, each without one tag.
 *
 * @param input shape `[length, tags]`, normalized
 * @returns shape `[tags, length, tags]`: in copy `t` tag `t` stands at its center, 0
 */
export function occlusions(input: Float32Array, tags: number): Float32Array {
  const copies = new Float32Array(tags * input.length);
  for (let tag = 0; tag < tags; tag += 1) {
    copies.set(input, tag * input.length);
    for (let cell = tag; cell < input.length; cell += tags) copies[tag * input.length + cell] = 0;
  }
  return copies;
}

/**
 * Each tag's share of a score: by how much the score falls without it.
 *
 * @param given the score of the whole window; @param without shape `[tags]`: the scores of its {@link occlusions}
 * @returns shape `[tags]`, adds up to 1; evenly spread when it falls without none of them
 */
export function occlusionShares(given: number, without: Float32Array): Float64Array {
  const falls = Float64Array.from(without, (score) => Math.max(0, given - score));
  const sum = falls.reduce((total, fall) => total + fall, 0);
  return falls.map((fall) => (sum > 0 ? fall / sum : 1 / falls.length));
}

/** The graph does not say what it expected: taken for that is the tag's level, beside the value farthest from it. */
function contributionsOf(
  { tags, normalizer }: ModelCard,
  { values, offsets }: FrameWindow,
  input: Float32Array,
  shares: Float64Array,
): Contribution[] {
  return tags.map(({ name }, tag) => {
    let farthest = input.length - tags.length + tag;
    for (let cell = farthest; cell >= 0; cell -= tags.length) {
      if (Math.abs(input[cell] as number) > Math.abs(input[farthest] as number)) farthest = cell;
    }
    return {
      tag: name,
      share: shares[tag] as number,
      actual: values[farthest] as number,
      expected: (normalizer.center[tag] as number) + (offsets?.[tag] ?? 0),
      deviation: Number.isNaN(values[farthest]) ? Number.NaN : (input[farthest] as number),
    };
  });
}
