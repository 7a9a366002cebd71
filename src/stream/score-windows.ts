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
  { maxBatch = 256 }: ScoreWindowsOptions = {},
): OperatorFunction<FrameWindow, Score> {
  requireCount("scoreWindows", { maxBatch });

  return (windows) =>
    defer(() => {
      const queue: FrameWindow[] = [];
      const stream = createScoreStream(model.card);
      const scoreWaiting = (): Observable<readonly Score[]> =>
        queue.length > 0 ? from(model.score(queue.splice(0, maxBatch))) : EMPTY;
      return windows.pipe(
        tap((window) => queue.push(stream.prepare(window))),
        exhaustMap(() => scoreWaiting().pipe(expand(() => scoreWaiting()))), // run after run, until the queue is empty
        concatMap((scores) => from(scores)),
        map((score) => stream.finish(score)),
      );
    });
}
