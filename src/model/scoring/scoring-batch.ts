import type { FrameWindow } from "../../core/frame.ts";
import type { Contribution, Score } from "../../core/score.ts";
import { GatewayError } from "../../errors.ts";
import { emptyResult, NO_SHARES, type WindowResult } from "../../math/window-result.ts";
import type { Scorer } from "../scorer.ts";

/** Scores many windows in one run, in memory of its own that is used again and again. */
export interface ScoringBatch {
  /**
   * Scores up to `capacity` windows of the model's shape, one run at a time; they may be changed once it is over and what came of them was read.
   *
   * @throws GatewayError `SCORING_FAILED` when the runtime fails; no window has a result then
   */
  run(windows: readonly FrameWindow[]): Promise<void>;
  /**
   * What came of a window of the last run; the same object for every window.
   *
   * @throws GatewayError `SCORING_FAILED` when the network's answer for this window is not finite
   */
  result(place: number): WindowResult;
  /** Where the score of a window of the last run comes from; empty where nothing was judged. */
  contributions(place: number): readonly Contribution[];
}

/** Windows of one batch at most, unless told otherwise: larger ones gain nothing more. */
export const BATCH_SIZE = 256;

/** @param capacity windows of a run at most */
export function openBatch(scorer: Scorer, capacity: number): ScoringBatch {
  return scorer.openBatch?.(capacity) ?? plainBatch(scorer);
}

/** For scorers that only give scores. */
function plainBatch(scorer: Scorer): ScoringBatch {
  const result = emptyResult();
  let scores: readonly Score[] = [];
  const scoreAt = (place: number): Score => scores[place] as Score;
  return {
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
        warningThreshold: undefined,
        ...score,
        shares: isJudged ? Float64Array.from(contributions, ({ share }) => share) : NO_SHARES,
      });
    },
    contributions: (place) => scoreAt(place).contributions,
  };
}

function wrongCount({ identity }: Scorer, windows: number, scores: number): GatewayError {
  return new GatewayError(
    "SCORING_FAILED",
    `scorer "${identity.name}": expected ${windows} scores, one for each window, got ${scores}`,
  );
}
