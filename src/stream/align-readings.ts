import { Observable, type OperatorFunction } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import { createAligner, type ReadingDrop } from "../math/aligner.ts";
import { requirePositive } from "../math/range-checks.ts";

export interface AlignReadingsOptions {
  /** Names of the machine's tags, in the order of the frame's cells. */
  readonly tags: readonly string[];
  /** Distance of two frames; frames stand at its multiples since 1970. */
  readonly periodMs: number;
  /**
   * A value fills the frames after it until it is older than this.
   * @defaultValue three periods
   */
  readonly maxAgeMs?: number;
  /**
   * How far the slowest tag may lag behind the fastest before frames stop waiting for it.
   * @defaultValue one period
   */
  readonly latenessMs?: number;
  /** Told of every reading that reaches no frame. */
  readonly onDrop?: (reading: Reading, why: ReadingDrop) => void;
}

/**
 * Puts the readings of one machine on one time grid.
 *
 * ```
 * readings  a1--b1--a2-b2---a3|      a1 = first reading of tag a
 * frames    ----1------2------3|     a frame leaves once every tag has reached its instant
 * ```
 *
 * Only the readings' own time counts, never the clock: a recording gives the same frames every time. A tag that
 * stays away is filled with its last value up to `maxAgeMs`, then unknown (`NaN`); where everything is
 * unknown there is no frame. Bad readings are no values.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option out of range.
 */
export function alignReadings(options: AlignReadingsOptions): OperatorFunction<Reading, Frame> {
  const { tags, periodMs, onDrop = () => {} } = options;
  const { maxAgeMs = 3 * periodMs, latenessMs = periodMs } = options;
  requirePositive("alignReadings", { periodMs, maxAgeMs });
  if (!(latenessMs >= 0)) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `alignReadings: latenessMs must not be negative, got ${latenessMs}`,
    );
  }
  if (tags.length === 0 || new Set(tags).size < tags.length) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `alignReadings: tags must be one or more different names, got [${tags}]`,
    );
  }

  return (readings) =>
    new Observable((frames) => {
      const aligner = createAligner({
        tags,
        periodMs,
        maxAgeMs,
        latenessMs,
        emit: (frame) => frames.next(frame),
        drop: onDrop,
      });
      return readings.subscribe({
        next: (reading) => aligner.push(reading),
        error: (cause: unknown) => frames.error(cause),
        complete: () => {
          aligner.flush();
          frames.complete();
        },
      });
    });
}
