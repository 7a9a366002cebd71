import type { Frame } from "../core/frame.ts";

/** A frame that is written anew for every instant, so that frames need no memory of their own. */
export interface FrameSheet {
  /** The cells of the frame that is written; every one has to be. */
  readonly values: Float64Array;
  readonly agesMs: Float64Array;
  readonly bad: Uint8Array;
  /**
   * What is written, as a frame: lent, it changes with the next writing.
   *
   * @param hasBad whether any cell of `bad` is 1; the frame has no `bad` otherwise
   */
  frameAt(timeMs: number, periodMs: number, hasBad: boolean): Frame;
}

/** Creates a sheet for frames of so many tags. */
export function createFrameSheet(tags: number): FrameSheet {
  const values = new Float64Array(tags);
  const agesMs = new Float64Array(tags);
  const bad = new Uint8Array(tags);
  // Times begin as fractions, so that the engine keeps them in place instead of making a number for each.
  const plain = { timeMs: Number.NaN, periodMs: Number.NaN, values, agesMs };
  const marked = { timeMs: Number.NaN, periodMs: Number.NaN, values, agesMs, bad };
  return {
    values,
    agesMs,
    bad,
    frameAt(timeMs, periodMs, hasBad) {
      const frame = hasBad ? marked : plain;
      frame.timeMs = timeMs;
      frame.periodMs = periodMs;
      return frame;
    },
  };
}

/** A frame that may be kept, whatever becomes of the one that it is copied from. */
export function copyFrame(frame: Frame): Frame {
  const { timeMs, periodMs, values, agesMs, bad } = frame;
  const copied = { timeMs, periodMs, values: values.slice(), agesMs: agesMs.slice() };
  return bad ? { ...copied, bad: bad.slice() } : copied;
}
