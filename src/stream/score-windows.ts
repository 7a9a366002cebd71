import { Observable, type OperatorFunction } from "rxjs";
import type { FrameWindow } from "../core/frame.ts";
import type { Score } from "../core/score.ts";
import { requireCount } from "../math/range-checks.ts";
import type { Scorer } from "../model/scorer.ts";

export interface ScoreWindowsOptions {
  /**
   * Windows scored in one run at most.
   * @defaultValue 256
   */
  readonly maxBatch?: number;
}

/**
 * Scores windows, in order.
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
    new Observable((scores) => {
      const queue: FrameWindow[] = [];
      let running = false;
      let ended = false;

      const scoreBatch = async (): Promise<void> => {
        const batch = await model.score(queue.splice(0, maxBatch));
        for (const score of batch) scores.next(score);
      };
      const drain = async (): Promise<void> => {
        running = true;
        while (queue.length > 0 && !scores.closed) await scoreBatch();
        running = false;
        if (ended) scores.complete();
      };
      const wake = (): void => {
        if (!running) drain().catch((cause: unknown) => scores.error(cause));
      };

      return windows.subscribe({
        next: (window) => {
          queue.push(window);
          wake();
        },
        error: (cause: unknown) => scores.error(cause),
        complete: () => {
          ended = true;
          wake();
        },
      });
    });
}
