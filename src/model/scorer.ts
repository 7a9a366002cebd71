import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";

/** A window as the network took it, and what it made of it; both of shape `[length, tags]`, in normalized units. */
export interface Reconstruction {
  /** An unknown cell holds what took its place. */
  readonly normalized: Float32Array;
  /** Absent where the model answers with a score. */
  readonly reconstruction?: Float32Array;
}

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
  /**
   * Shows what lies behind the scores of windows, one answer per window, in order. Costs as much as scoring them, so it is asked only for
   * windows that are kept. Absent in a scorer that has nothing to show.
   *
   * @throws GatewayError as `score` does
   */
  reconstruct?(windows: readonly FrameWindow[]): Promise<readonly Reconstruction[]>;
  /** Which thread runs the network; absent where that is always this one. */
  place?(): "main" | "worker";
}
