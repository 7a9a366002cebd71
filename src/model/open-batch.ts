import type { Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import { emptyResult, NO_SHARES } from "../math/window-result.ts";
import type { Scorer } from "./scorer.ts";
import type { ScoringBatch } from "./scoring-batch.ts";

/** Windows of one batch at most, unless told otherwise: larger ones gain nothing more. */
export const MOST_WINDOWS = 256;
/** Room of a batch for its input and output, in bytes: windows of many tags go in smaller ones. */
const ROOM = 32 * 1024 ** 2;

/** How many windows of this shape go well in one run. */
export function batchSizeOf({
  windowLength,
  tags,
}: Pick<Scorer["card"], "windowLength" | "tags">): number {
  const bytes = 2 * Float32Array.BYTES_PER_ELEMENT * windowLength * tags.length;
  return Math.max(1, Math.min(MOST_WINDOWS, Math.floor(ROOM / bytes)));
}

type Opener = (capacity: number) => ScoringBatch;

/** By the function that scores, so that a scorer that wraps another one and changes its scores is not passed by. */
const openers = new WeakMap<Scorer["score"], Opener>();

/** Says that batches score as this function does, at less cost. */
export function offerBatches(score: Scorer["score"], open: Opener): void {
  openers.set(score, open);
}

/** @param capacity windows of a run at most */
export function openBatch(scorer: Scorer, capacity: number): ScoringBatch {
  const open = openers.get(scorer.score);
  return open ? open(capacity) : plainBatch(scorer);
}

/** For scorers that only give scores. */
function plainBatch(scorer: Scorer): ScoringBatch {
  const result = emptyResult();
  let scores: readonly Score[] = [];
  const scoreAt = (place: number): Score => scores[place] as Score;
  const { windowLength, tags } = scorer.card;
  return {
    newValues: () => new Float64Array(windowLength * tags.length),
    async run(windows) {
      scores = [];
      const given = await scorer.score(windows);
      if (given.length !== windows.length) throw wrongCount(scorer, windows.length, given.length);
      scores = given;
    },
    result(place) {
      const { contributions, ...score } = scoreAt(place);
      const isJudged = !Number.isNaN(score.value) && contributions.length > 0;
      return Object.assign(result, {
        warningThreshold: Number.NaN,
        ...score,
        shares: isJudged ? Float64Array.from(contributions, ({ share }) => share) : NO_SHARES,
      });
    },
    deviations: (place) => scoreAt(place).contributions,
  };
}

function wrongCount({ identity }: Scorer, windows: number, scores: number): GatewayError {
  return new GatewayError(
    "SCORING_FAILED",
    `scorer "${identity.name}": expected ${windows} scores, one for each window, got ${scores}`,
  );
}
