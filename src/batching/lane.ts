import Denque from "denque";
import type { FrameWindow } from "../core/frame.ts";
import type { OwnWindow } from "../math/score-stream.ts";
import type { ScoringBatch } from "../model/scoring-batch.ts";

/** Whoever waits for the results of one stream of windows. */
export interface LaneOptions {
  /** Writes into the next window what its model must know of the ones before it. */
  readonly prepare: (window: OwnWindow) => void;
  /**
   * Takes what came of a window, in the order in which windows came. `batch.result(place)` may throw `SCORING_FAILED`. Window and batch are lent: copy
   * what you keep.
   */
  readonly onScored: (window: FrameWindow, batch: ScoringBatch, place: number) => void;
  /** Told of windows that were in a run that failed. */
  readonly onFailed: (error: unknown, windows: number) => void;
  /** Told of windows that were given up because scoring could not keep up. */
  readonly onDropped: (windows: number) => void;
}

/** One stream of windows on its way through a shared model. */
export interface Lane {
  /**
   * Copies the window and lets it wait for the next run.
   *
   * @throws GatewayError `MODEL_MISMATCH` for a window of another shape
   */
  push(window: FrameWindow): void;
  /** No window will come any more: what waits goes at once, and `onDone` is called behind the last result. */
  end(onDone: () => void): void;
  /** Forgets what waits; nothing is called any more. */
  close(): void;
}

/** The inside of a lane. */
export interface LaneState {
  readonly options: LaneOptions;
  /** Oldest first. */
  readonly waiting: Denque<OwnWindow>;
  /** Windows of this lane in the run under way. */
  running: number;
  /** It stands in line for the next run. */
  isInLine: boolean;
  isClosed: boolean;
  onDone: (() => void) | undefined;
}

export function createLaneState(options: LaneOptions): LaneState {
  return {
    options,
    waiting: new Denque(),
    running: 0,
    isInLine: false,
    isClosed: false,
    onDone: undefined,
  };
}

/** Tells a lane that has ended so, once its last window is through. */
export function finishIfThrough(lane: LaneState): void {
  if (lane.isClosed || lane.onDone === undefined) return;
  if (lane.running > 0 || !lane.waiting.isEmpty()) return;
  lane.isClosed = true;
  lane.onDone();
}
