import { defer, filter, map, type OperatorFunction } from "rxjs";
import type { Frame, FrameWindow } from "../core/frame.ts";
import { createFrameRing, type FrameRing } from "../math/frame-ring.ts";
import { requireCount } from "../math/range-checks.ts";

export interface SlideWindowOptions {
  /** Frames per window. Must match the model's window length. */
  readonly length: number;
  /**
   * Frames between the ends of two windows, counted on the time grid.
   * @defaultValue 1
   */
  readonly stride?: number;
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
 * @throws {@link GatewayError} `CONFIG_INVALID` when an option is not a whole number from 1 on.
 */
export function slideWindow(options: SlideWindowOptions): OperatorFunction<Frame, FrameWindow> {
  const { length, stride = 1 } = options;
  requireCount("slideWindow", { length, stride });

  return (frames) =>
    defer(() => {
      let ring: FrameRing | undefined;
      return frames.pipe(
        map((frame) => {
          ring ??= createFrameRing(length, frame.values.length, stride);
          return ring.push(frame);
        }),
        filter((window) => window !== undefined),
      );
    });
}
