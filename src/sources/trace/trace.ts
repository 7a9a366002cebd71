import type { Reading } from "../../core/reading.ts";
import type { Tag } from "../../core/tag.ts";

/** A recording of readings, opened for reading. */
export interface Trace {
  readonly path: string;
  /** What it holds, in the order of the file. Of a CSV trace no more than the names is known. */
  readonly tags: readonly Tag[];
  /**
   * The readings in the order of the file, in chunks of 256 lines at most. Each loop reads the file anew from its
   * start, in bounded memory and no faster than it is consumed; leaving the loop early closes the file. Throws a
   * `GatewayError`: `TRACE_INVALID` at the first line that is wrong, `FILE_UNREADABLE` when reading fails.
   */
  readonly chunks: AsyncIterable<readonly Reading[]>;
}

/** Lines that are handed out together. */
export const LINES_PER_CHUNK = 256;
