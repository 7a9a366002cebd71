import type { Frame, FrameWindow } from "../core/frame.ts";
import { follows, slotOf } from "./grid.ts";

/** Keeps the last `length` frames and lends them out oldest first. */
export interface FrameRing {
  /**
   * Stores `frame` and returns the window that ends with it, or `undefined` while fewer than `length` frames have
   * come since the last gap, or between two strides.
   */
  push(frame: Frame): FrameWindow | undefined;
}

/**
 * Creates a ring of `length` frames of `tags` values.
 *
 * A frame that does not follow its predecessor on the grid empties the ring: no window spans a gap. Strides are
 * counted on the grid too (a window ends where `timeMs / periodMs` is a multiple of `stride`), so a
 * restart gives the same windows. A window is copied out and the caller may keep it: O(length * tags); other frames cost O(tags).
 */
export function createFrameRing(length: number, tags: number, stride: number): FrameRing {
  const ring = new Float64Array(length * tags);
  const measured = new Uint32Array(length); // measured cells of each row
  let next = 0; // row that the next frame overwrites: the oldest row once full
  let filled = 0;
  let before: Frame | undefined;

  return {
    push(frame) {
      const { timeMs, periodMs, values, agesMs } = frame;
      if (!follows(before, frame)) filled = 0;
      before = frame;
      ring.set(values, next * tags);
      let fresh = 0;
      for (const ageMs of agesMs) if (ageMs < periodMs) fresh += 1;
      measured[next] = fresh;
      next = (next + 1) % length;
      filled = Math.min(filled + 1, length);
      if (filled < length || slotOf(frame) % stride !== 0) return undefined;

      const copy = new Float64Array(ring.length);
      const split = next * tags;
      copy.set(ring.subarray(split));
      copy.set(ring.subarray(0, split), ring.length - split);
      const total = measured.reduce((sum, cells) => sum + cells, 0);
      return { endMs: timeMs, length, tags, values: copy, coverage: total / ring.length };
    },
  };
}
