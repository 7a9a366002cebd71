import { Observable, type OperatorFunction } from "rxjs";
import type { Frame, FrameWindow } from "../core/frame.ts";
import { requireCount, requireKnown } from "../math/range-checks.ts";
import { copyWindow, createSlidingFrames, type SlidingFrames } from "../math/sliding-frames.ts";
import { subscribeThrough } from "./subscribe-through.ts";

export interface SlideWindowOptions {
  /** Frames per window. Must match the model's window length. */
  readonly length: number;
  /**
   * Frames between the ends of two windows, counted on the time grid.
   * @defaultValue 1
   */
  readonly stride?: number;
  /**
   * Windows are lent: each is valid until the next frame comes, and nothing is copied. `scoreWindows` is content with that.
   * @defaultValue `false`: every window may be kept
   */
  readonly reuse?: boolean;
}

/**
 * Emits the last `length` frames as one window, every `stride` frames.
 *
 * ```
 * frames   a-b-c-d-e|
 * windows  ----x-y-z|      length 3, stride 1
 * ```
 *
 * A gap on the time grid starts over: no window spans it.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` when an option is unknown or not a whole number from 1 on.
 */
export function slideWindow(options: SlideWindowOptions): OperatorFunction<Frame, FrameWindow> {
  requireKnown("slideWindow", options, ["length", "stride", "reuse"]);
  const { length, stride = 1, reuse = false } = options;
  requireCount("slideWindow", { length, stride });

  return (frames) =>
    new Observable((windows) => {
      let sliding: SlidingFrames | undefined;
      const push = (frame: Frame): void => {
        sliding ??= createSlidingFrames(length, frame.values.length, stride);
        const window = sliding.push(frame);
        if (window !== undefined) windows.next(reuse ? window : copyWindow(window));
      };
      return subscribeThrough(frames, windows, push);
    });
}
