import {
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  expand,
  from,
  map,
  type Observable,
  type OperatorFunction,
  tap,
} from "rxjs";
import type { FrameWindow } from "../core/frame.ts";
import type { Score } from "../core/score.ts";
import { requireCount } from "../math/range-checks.ts";
import { createScoreStream } from "../math/score-stream.ts";
import type { Scorer } from "../model/scorer.ts";

export interface ScoreWindowsOptions {
  /**
   * Windows scored in one run at most.
   * @defaultValue 256
   */
  readonly maxBatch?: number;
  /**
   * Takes every score as it is emitted, just before, with its window as the model saw it: where its levels were, whether the machine ran. The window is
   * nobody else's and may be kept. Windows whose scoring failed are left out.
   */
  readonly onScored?: (score: Score, window: FrameWindow) => void;
}

/** A score before it is smoothed, and what it is the score of. */
interface ScoredWindow {
  readonly score: Score;
  readonly window: FrameWindow;
}

/**
 * Scores the windows of one machine, in order, and remembers of one what its model needs for the next: levels that wander, whether the machine
 * runs, the average of its scores.
 *
 * ```
 * windows  a-b(cde)---f|
 * scores   -a-b-(cde)---f|     what arrives during a run is scored together in the next
 * ```
 *
 * A window that comes alone is not made to wait. Nothing is lost: windows that arrive faster than they are scored
 * queue up in memory, and completion waits for them.
 */
export function scoreWindows(
  model: Scorer,
  { maxBatch = 256, onScored }: ScoreWindowsOptions = {},
): OperatorFunction<FrameWindow, Score> {
  requireCount("scoreWindows", { maxBatch });

  return (windows) =>
    defer(() => {
      const queue: FrameWindow[] = [];
      const stream = createScoreStream(model.card);
      const scoreWaiting = (): Observable<readonly ScoredWindow[]> => {
        if (queue.length === 0) return EMPTY;
        const batch = queue.splice(0, maxBatch);
        return from(model.score(batch)).pipe(map((scores) => paired(scores, batch)));
      };
      return windows.pipe(
        tap((window) => queue.push(stream.prepare(window))),
        exhaustMap(() => scoreWaiting().pipe(expand(() => scoreWaiting()))), // run after run, until the queue is empty
        concatMap((scores) => from(scores)),
        map(({ score, window }) => {
          const finished = stream.finish(score);
          onScored?.(finished, window);
          return finished;
        }),
      );
    });
}

/** A scorer that answers with no scores at all has given the batch up. */
function paired(scores: readonly Score[], batch: readonly FrameWindow[]): readonly ScoredWindow[] {
  return scores.map((score, place) => ({ score, window: batch[place] as FrameWindow }));
}
