import type { Frame, FrameWindow } from "../core/frame.ts";
import { follows, slotOf } from "./grid.ts";

/** Keeps the last `length` frames and lends them out oldest first. */
export interface FrameRing {
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
 * Creates a ring of `length` frames of `tags` values.
 *
 * A frame that does not follow its predecessor on the grid empties the ring: no window spans a gap. Strides are
 * counted on the grid too (a window ends where `timeMs / periodMs` is a multiple of `stride`), so a
 * restart gives the same windows. Every frame is written twice, a whole ring apart, so that any window lies in one piece: a frame costs O(tags), and a window
 * nothing.
 */
export function createFrameRing(length: number, tags: number, stride: number): FrameRing {
  const rows = new Float64Array(2 * length * tags);
  const measured = new Uint32Array(length); // measured cells of each row
  const windows = Array.from({ length }, (_, first) => ({
    endMs: Number.NaN,
    length,
    tags,
    values: rows.subarray(first * tags, (first + length) * tags),
    coverage: Number.NaN,
  }));
  let next = 0; // row that the next frame overwrites: the oldest row once full
  let filled = 0;
  let total = 0; // measured cells of all rows
  const before = { timeMs: Number.NaN, periodMs: Number.NaN }; // the frame may be lent

  /** Writes a frame into both rows of its, and counts the cells that were measured for it: a loop, which beats `set` for so few. */
  const write = (
    first: number,
    values: Float64Array,
    agesMs: Float64Array,
    periodMs: number,
  ): number => {
    let fresh = 0;
    for (let tag = 0; tag < tags; tag += 1) {
      const value = values[tag] as number;
      rows[first + tag] = value;
      rows[first + length * tags + tag] = value;
      if ((agesMs[tag] as number) < periodMs) fresh += 1;
    }
    return fresh;
  };

  return {
    push(frame) {
      const { timeMs, periodMs, values, agesMs } = frame;
      if (!follows(before, frame)) filled = 0;
      before.timeMs = timeMs;
      before.periodMs = periodMs;
      const fresh = write(next * tags, values, agesMs, periodMs);
      total += fresh - (measured[next] as number);
      measured[next] = fresh;
      next = next + 1 === length ? 0 : next + 1;
      if (filled < length) filled += 1;
      if (filled < length || slotOf(frame) % stride !== 0) return undefined;

      const window = windows[next] as (typeof windows)[number];
      window.endMs = timeMs;
      window.coverage = total / (length * tags);
      return window;
    },
  };
}
