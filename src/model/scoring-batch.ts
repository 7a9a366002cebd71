import type { FrameWindow } from "../core/frame.ts";
import type { Deviation, WindowResult } from "../math/window-result.ts";

/** Scores many windows in one run, in memory of its own that is used again and again. */
export interface ScoringBatch {
  /** Memory for the values of one window more, shape `[length, tags]`; where there is room, such that a run reads it without a copy. */
  newValues(): Float64Array;
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
  /** How far off each tag was in a window of the last run; empty where nothing was judged. */
  deviations(place: number): readonly Deviation[];
}
