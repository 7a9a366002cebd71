/** All tags of one machine at one instant of the time grid, in tag order. */
export interface Frame {
  /** The grid instant, in epoch milliseconds: a multiple of `periodMs`. */
  readonly timeMs: number;
  /** Distance to the neighbouring instants of the grid. */
  readonly periodMs: number;
  /** Shape `[tags]`, engineering units; `NaN` where nothing is known (models take an infinite value for unknown, too). */
  readonly values: Float64Array;
  /**
   * Shape `[tags]`: how long before `timeMs` each value was measured, in milliseconds. A cell younger than
   * `periodMs` was measured for this very frame; an older one was filled; `Infinity` where nothing is known. 0 for
   * the standing value of a tag that is reported on change.
   */
  readonly agesMs: Float64Array;
  /**
   * Shape `[tags]`: 1 where the newest reading of the tag was bad, so that a broken sensor is told from one that is merely not
   * heard of. The value beside it may still be filled with an older, good one. Absent where it would be 0 throughout.
   */
  readonly bad?: Uint8Array;
}

/** `length` consecutive frames, row-major: `values[row * tags + tag]`. */
export interface FrameWindow {
  /** Time of the last frame, in epoch milliseconds. */
  readonly endMs: number;
  /** Frames. */
  readonly length: number;
  /** Values per frame. */
  readonly tags: number;
  /** Shape `[length, tags]`, engineering units; `NaN` where nothing is known. */
  readonly values: Float64Array;
  /** Share of cells that were really measured, 0 to 1; the others are filled or unknown. */
  readonly coverage: number;
  /** Shape `[tags]`: how far each tag's normal level has wandered since training, engineering units. Absent where that is not followed. */
  readonly offsets?: Float64Array;
  /** Whether the machine ran throughout. Absent where its model does not ask. */
  readonly state?: "running" | "stopped" | "unknown";
}
