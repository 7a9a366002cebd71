import type { Tag } from "../../core/tag.ts";

/** What a machine did while it was recorded. */
export interface RunningTrace {
  /** Shape `[rows, tags]`; `NaN` where nothing is known. */
  readonly values: Float64Array;
  readonly tags: readonly Tag[];
  /** Distance of two rows. */
  readonly periodMs: number;
}
