import { Observable, type OperatorFunction, type Subscriber } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import { type Aligner, type AlignerOptions, createAligner } from "../math/aligner.ts";
import { requireNotNegative, requirePositive } from "../math/range-checks.ts";
import { subscribeThrough } from "./subscribe-through.ts";

export type { AlignerOptions as AlignReadingsOptions } from "../math/aligner.ts";

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
export function alignReadings(options: AlignerOptions): OperatorFunction<Reading, Frame> {
  requireAlignment("alignReadings", options);
  return (readings) =>
    new Observable((frames) => {
      const aligner = createAligner(options, (frame) => frames.next(frame));
      const push = (reading: Reading): void => aligner.push(reading);
      return subscribeThrough(readings, frames, push, () => {
        aligner.flush();
        frames.complete();
      });
    });
}

/** {@link alignReadings} for one who has the readings in hand: they are pushed, and only frames go through an observable. */
export interface FrameInlet extends Pick<Aligner, "push"> {
  /** To be subscribed once; completes after `end`. */
  readonly frames: Observable<Frame>;
  /** Emits what is waiting: no reading will come any more. */
  end(): void;
}

/**
 * Creates an inlet. A reading costs no allocation, and with `reuse` a frame costs none either.
 *
 * @throws GatewayError `CONFIG_INVALID` for an option out of range
 */
export function createFrameInlet(owner: string, options: AlignerOptions): FrameInlet {
  requireAlignment(owner, options);
  let receiver: Subscriber<Frame> | undefined; // no subject, which allocates with every frame
  const aligner = createAligner(options, (frame) => receiver?.next(frame));
  return {
    push: aligner.push,
    frames: new Observable((subscriber) => {
      receiver = subscriber;
    }),
    end() {
      aligner.flush();
      receiver?.complete();
    },
  };
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that is out of range */
function requireAlignment(
  owner: string,
  { tags, periodMs, maxAgeMs, latenessMs }: AlignerOptions,
): void {
  requirePositive(owner, { periodMs, ...(maxAgeMs !== undefined && { maxAgeMs }) });
  if (latenessMs !== undefined) requireNotNegative(owner, { latenessMs });
  const names = tags.map((tag) => (typeof tag === "string" ? tag : tag.name));
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: tags must be one or more different names, got [${names}]`,
    );
  }
}
