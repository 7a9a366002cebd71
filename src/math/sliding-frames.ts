import type { Frame, FrameWindow } from "../core/frame.ts";
import { slotOf } from "./grid.ts";

/** Keeps the frames of the window that ends next, oldest first, and lends it out when it is complete. */
export interface SlidingFrames {
  /**
   * Stores `frame` and returns the window that ends with it, or `undefined` while fewer than `length` frames have
   * come since the last gap, or between two strides. The window is lent: it changes with the next frame, copy what you keep.
   */
  push(frame: Frame): FrameWindow | undefined;
}

/** A window of one's own. */
export function copyWindow(window: FrameWindow): FrameWindow {
  const { values, offsets } = window;
  return { ...window, values: values.slice(), ...(offsets && { offsets: offsets.slice() }) };
}

/**
 * Creates room for `length` frames of `tags` values.
 *
 * A frame that does not follow its predecessor on the grid starts over: no window spans a gap. Strides are
 * counted on the grid too (a window ends where `timeMs / periodMs` is a multiple of `stride`), so a
 * restart gives the same windows. The frames that two windows share move up once a stride, so that a window lies in one piece and takes
 * no more memory than its values: what many machines keep has to fit into the cache of a small processor.
 */
export function createSlidingFrames(length: number, tags: number, stride: number): SlidingFrames {
  const values = new Float64Array(length * tags);
  const measured = new Uint32Array(length); // measured cells of each row
  const window = { endMs: Number.NaN, length, tags, values, coverage: Number.NaN };
  const shared = Math.max(0, length - stride); // rows that a window shares with the next one
  let lastSlot = Number.NaN;
  let lastPeriodMs = Number.NaN;
  let run = 0; // frames that have followed each other
  let left = 0; // frames until the window is complete

  const moveUp = (): void => {
    values.copyWithin(0, (length - shared) * tags);
    measured.copyWithin(0, length - shared);
  };
  /** Takes a frame into its row, and counts the cells that were measured for it: a loop, which beats `set` for so few. */
  const write = (row: number, { values: from, agesMs, periodMs }: Frame): void => {
    let fresh = 0;
    for (let tag = 0, cell = row * tags; tag < tags; tag += 1, cell += 1) {
      values[cell] = from[tag] as number;
      if ((agesMs[tag] as number) < periodMs) fresh += 1;
    }
    measured[row] = fresh;
  };
  const sumMeasured = (): number => {
    let sum = 0;
    for (let row = 0; row < length; row += 1) sum += measured[row] as number;
    return sum;
  };

  return {
    push(frame) {
      const slot = slotOf(frame);
      if (slot !== lastSlot + 1 || frame.periodMs !== lastPeriodMs) {
        run = 0;
        left = framesUntilEnd(slot, stride);
      } else if (left === 0) {
        left = stride;
        moveUp();
      }
      lastSlot = slot;
      lastPeriodMs = frame.periodMs;
      run += 1;
      const row = length - left;
      if (row >= 0) write(row, frame); // a stride may be longer than a window
      left -= 1;
      if (left !== 0 || run < length) return undefined;
      window.endMs = frame.timeMs;
      window.coverage = sumMeasured() / (length * tags);
      return window;
    },
  };
}

/** From the frame in this slot to the next end of a window, both included. */
function framesUntilEnd(slot: number, stride: number): number {
  const since = slot % stride;
  return (since > 0 ? stride - since : -since) + 1;
}
