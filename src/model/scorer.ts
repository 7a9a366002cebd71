import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";

/** What turns windows into scores: our own models, and anything that keeps this promise. */
export interface Scorer {
  readonly identity: ModelIdentity;
  readonly card: ModelCard;
  /**
   * Scores windows of shape `[card.windowLength, card.tags.length]` in one run; one score per window, in
   * order. A window's score does not depend on the others in the call, to within float rounding.
   *
   * @throws GatewayError `MODEL_MISMATCH` for a window of another shape, `SCORING_FAILED` when the runtime fails.
   */
  score(windows: readonly FrameWindow[]): Promise<readonly Score[]>;
}
