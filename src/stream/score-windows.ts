import { Observable, type OperatorFunction } from "rxjs";
import { createMicroBatcher, type MicroBatcher } from "../batching/micro-batcher.ts";
import type { FrameWindow } from "../core/frame.ts";
import type { Score } from "../core/score.ts";
import { requireKnown, requireOneOf } from "../math/range-checks.ts";
import { createScoreStream } from "../math/score-stream.ts";
import { isStrange, toScore } from "../math/window-result.ts";
import type { Scorer } from "../model/scorer.ts";
import type { ScoringBatch } from "../model/scoring-batch.ts";
import { subscribeThrough } from "./subscribe-through.ts";

export interface ScoreWindowsOptions {
  /**
   * Where the windows of this stream meet those of others.
   * @defaultValue one per model, shared by all streams that name none: `createMicroBatcher(model)`
   */
  readonly batcher?: MicroBatcher;
  /**
   * Which scores say where they come from: those that are `strange`, from the warning threshold on, or `all`, which costs several times as much as scoring.
   * @defaultValue `strange`
   */
  readonly contributions?: "all" | "strange";
  /**
   * Takes every score as it is emitted, just before, with its window as the model saw it: where its levels were, whether the machine ran. The window is
   * lent: copy what you keep. Windows whose scoring failed are left out.
   */
  readonly onScored?: (score: Score, window: FrameWindow) => void;
  /**
   * Told of windows whose scoring failed; the stream goes on without them.
   * @defaultValue the stream fails with the error
   */
  readonly onFailed?: (error: unknown, windows: number) => void;
  /** Told of windows that were given up because scoring could not keep up, where the batcher may. */
  readonly onDropped?: (windows: number) => void;
}

const OWNER = "scoreWindows";
const KNOWN = ["batcher", "contributions", "onScored", "onFailed", "onDropped"] as const;

/**
 * Scores the windows of one machine, in order, and remembers of one what its model needs for the next: levels that wander, whether the machine
 * runs, the average of its scores.
 *
 * ```
 * windows  a-b(cde)---f|
 * scores   -a-b-(cde)---f|     what comes close together is scored together, also with windows of other streams
 * ```
 *
 * A window that comes alone is not made to wait. Windows are read when they come, and may be changed afterwards. Nothing is lost, unless the batcher is
 * told to give something up: windows that come faster than they are scored queue up in memory, and completion waits for them.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option that is unknown or out of range
 */
export function scoreWindows(
  model: Scorer,
  options: ScoreWindowsOptions = {},
): OperatorFunction<FrameWindow, Score> {
  requireKnown(OWNER, options, KNOWN);
  const { contributions = "strange", onScored, onFailed, onDropped = () => {} } = options;
  requireOneOf(OWNER, "contributions", contributions, ["all", "strange"]);
  const { batcher = sharedBatcher(model) } = options;

  return (windows) =>
    new Observable((scores) => {
      const stream = createScoreStream(model.card);
      const failed = onFailed ?? ((error: unknown) => scores.error(error));
      const scoreAt = (batch: ScoringBatch, place: number): Score => {
        const result = batch.result(place);
        stream.finish(result);
        const isExplained = contributions === "all" || isStrange(result);
        return toScore(result, isExplained ? batch.deviations(place) : undefined);
      };
      const lane = batcher.open({
        prepare: stream.prepare,
        onScored(window, batch, place) {
          let score: Score;
          try {
            score = scoreAt(batch, place);
          } catch (error) {
            return failed(error, 1);
          }
          onScored?.(score, window);
          scores.next(score);
        },
        onFailed: failed,
        onDropped,
      });
      const pushed = (window: FrameWindow): void => {
        try {
          lane.push(window);
        } catch (error) {
          failed(error, 1);
        }
      };
      scores.add(lane.close);
      return subscribeThrough(windows, scores, pushed, () => lane.end(() => scores.complete()));
    });
}

const shared = new WeakMap<Scorer, MicroBatcher>();

/** The one of all streams that name none. */
function sharedBatcher(model: Scorer): MicroBatcher {
  const known = shared.get(model) ?? createMicroBatcher(model);
  shared.set(model, known);
  return known;
}
