import type { Frame } from "../core/frame.ts";
import { follows } from "../math/grid.ts";

/** First rows of the windows to learn from, and of those held out. */
export interface TrainingWindows {
  readonly training: Uint32Array;
  readonly heldOut: Uint32Array;
}

/** One block of time in this many is held out. */
const HELD_OUT_EVERY = 4;
/** Fewer held-out windows say nothing about what is normal. */
export const MIN_HELD_OUT_WINDOWS = 8;
/** Blocks are at least this many windows long, so that not too much is lost at their borders. */
const MIN_BLOCK_WINDOWS = 4;
/** ... and there are at most this many of them. */
const MAX_BLOCKS = 40;

/**
 * Finds the windows in a run of frames and holds out whole blocks of time.
 *
 * A window counts when its rows follow each other on the grid, every cell is known, and it lies inside one
 * block: held-out windows share no frame with the others, otherwise the held-out error would flatter the model.
 *
 * @param known shape `[rows]`: whether every cell of the row is known
 */
export function splitWindows(
  frames: readonly Frame[],
  length: number,
  known: readonly boolean[],
): TrainingWindows {
  const minBlockRows = Math.max(MIN_BLOCK_WINDOWS * length, rowsOf(MIN_HELD_OUT_WINDOWS, length));
  const affordable = Math.min(MAX_BLOCKS, Math.floor(frames.length / minBlockRows));
  const blocks = Math.max(HELD_OUT_EVERY, affordable);
  const blockOf = (row: number): number => Math.floor((row * blocks) / frames.length);
  const training: number[] = [];
  const heldOut: number[] = [];
  let run = 0; // rows up to here that follow each other and are known

  for (let row = 0; row < frames.length; row += 1) {
    run = known[row] ? (follows(frames[row - 1], frames[row] as Frame) ? run + 1 : 1) : 0;
    const start = row - length + 1;
    if (run < length || blockOf(start) !== blockOf(row)) continue;
    // The middle of each group of four, so that first and last blocks, often the odd ones, are learnt from.
    (blockOf(row) % HELD_OUT_EVERY === 1 ? heldOut : training).push(start);
  }
  return { training: Uint32Array.from(training), heldOut: Uint32Array.from(heldOut) };
}

/** Frames in a row, all cells known, that are always enough to hold out {@link MIN_HELD_OUT_WINDOWS} windows. */
export function framesNeeded(length: number): number {
  return HELD_OUT_EVERY * rowsOf(MIN_HELD_OUT_WINDOWS, length);
}

/** Rows that so many windows, each one row after the other, take up. */
function rowsOf(windows: number, length: number): number {
  return windows + length - 1;
}
