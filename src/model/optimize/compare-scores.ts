import type { Frame } from "../../core/frame.ts";
import type { Reading } from "../../core/reading.ts";
import type { Score } from "../../core/score.ts";
import type { Tag } from "../../core/tag.ts";
import { scoreReadings } from "../score-readings.ts";
import type { Scorer } from "../scorer.ts";
import type { CalibrationChange } from "./optimize-report.ts";

/** Frames whose windows are scored in one run. */
const CHUNK_FRAMES = 256;

/** Scores the same frames with two models of one card, and says what is different. */
export async function compareScores(
  before: Scorer,
  after: Scorer,
  frames: readonly Frame[],
): Promise<CalibrationChange> {
  const [old, fresh] = [await scoresOf(before, frames), await scoresOf(after, frames)];
  const changed = old.filter(({ verdict }, place) => verdict !== fresh[place]?.verdict).length;
  const pairs = old
    .map(({ value }, place) => [value, fresh[place]?.value ?? Number.NaN] as const)
    .filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  const differences = pairs.map(([a, b]) => b - a);
  return {
    windows: old.length,
    scores: {
      maxDifference: differences.reduce(
        (most, difference) => Math.max(most, Math.abs(difference)),
        0,
      ),
      meanDifference: mean(differences),
      correlation: correlation(pairs),
    },
    alarms: {
      before: countAlarms(old),
      after: countAlarms(fresh),
      changedShare: old.length === 0 ? 0 : changed / old.length,
    },
  };
}

/** What is compared; the contributions of a long recording would fill the memory. */
type Judgement = Pick<Score, "value" | "verdict">;

async function scoresOf(model: Scorer, frames: readonly Frame[]): Promise<readonly Judgement[]> {
  const scores: Judgement[] = [];
  for await (const some of scoreReadings(model, readingsOf(frames, model.card.tags))) {
    for (const { value, verdict } of some) scores.push({ value, verdict });
  }
  return scores;
}

/** The readings that the frames were made of: cells that were filled are left to be filled again. */
async function* readingsOf(
  frames: readonly Frame[],
  tags: readonly Tag[],
): AsyncGenerator<readonly Reading[]> {
  for (let first = 0; first < frames.length; first += CHUNK_FRAMES) {
    yield frames
      .slice(first, first + CHUNK_FRAMES)
      .flatMap((frame) =>
        tags.flatMap(({ name }, cell): readonly Reading[] => readingOf(frame, name, cell)),
      );
  }
}

function readingOf(frame: Frame, tag: string, cell: number): readonly Reading[] {
  const { timeMs, periodMs, bad } = frame;
  const [value, ageMs] = [frame.values[cell] as number, frame.agesMs[cell] as number];
  if (bad?.[cell] === 1) return [{ tag, timeMs, value: Number.NaN, quality: "bad" }];
  if (Number.isNaN(value) || ageMs >= periodMs) return [];
  return [{ tag, timeMs: timeMs - ageMs, value, quality: "good" }];
}

function countAlarms(scores: readonly Judgement[]): number {
  return scores.filter(({ verdict }) => verdict === "anomalous").length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pearson's; `NaN` when one side does not vary. */
function correlation(pairs: readonly (readonly [number, number])[]): number {
  const [meanA, meanB] = [mean(pairs.map(([a]) => a)), mean(pairs.map(([, b]) => b))];
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (const [a, b] of pairs) {
    both += (a - meanA) * (b - meanB);
    squaresA += (a - meanA) ** 2;
    squaresB += (b - meanB) ** 2;
  }
  return both / Math.sqrt(squaresA * squaresB);
}
