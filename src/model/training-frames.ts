import { isObservable, lastValueFrom, Observable, takeUntil, timer, toArray } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import { type Aligner, createAligner } from "../math/aligner.ts";
import { createPeriodFinder } from "../math/period-finder.ts";
import { requirePositive } from "../math/range-checks.ts";
import type { Source } from "../sources/source.ts";
import { createSilentTags } from "./silent-tags.ts";

/** Readings looked at to find the period. */
const PERIOD_SAMPLE = 20_000;

export interface ReadFramesOptions {
  /**
   * Distance of two frames, in milliseconds.
   * @defaultValue found from the readings
   */
  readonly periodMs?: number;
  /**
   * How long to watch a live source.
   * @defaultValue until the source ends, as a recording does
   */
  readonly watchMs?: number;
  /** Stops reading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a source to its end, or for a while, and puts its readings on one time grid; cells in the order of `source.tags`.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option that is not above zero; `TRAINING_DATA_INSUFFICIENT` when a tag
 * has no good reading or no period can be found; and what the source throws
 */
export async function readFrames(
  source: Pick<Source, "name" | "tags" | "readings" | "status">,
  options: ReadFramesOptions = {},
): Promise<Frame[]> {
  requireReadFramesOptions("readFrames", options);
  const { periodMs, watchMs, signal } = options;
  const { tags } = source;
  const frames: Frame[] = [];
  const finder = createPeriodFinder();
  let sample: Reading[] = []; // what came before the period was known
  let aligner: Aligner | undefined;
  const align = (period: number): Aligner => {
    const created = createAligner({ tags, periodMs: period }, (frame) => frames.push(frame));
    for (const reading of sample) created.push(reading);
    sample = [];
    return created;
  };

  if (periodMs !== undefined) aligner = align(periodMs);
  const silent = createSilentTags(source);
  const statuses = source.status.subscribe({ next: silent.noteStatus, error: () => {} });
  const watched =
    watchMs === undefined ? source.readings : source.readings.pipe(takeUntil(timer(watchMs)));
  const reading = abortable(watched, signal).forEach((one) => {
    silent.note(one);
    if (aligner) {
      aligner.push(one);
      return;
    }
    sample.push(one);
    finder.push(one);
    if (sample.length === PERIOD_SAMPLE) aligner = align(foundPeriod(source, finder.periodMs()));
  });
  await reading.finally(() => statuses.unsubscribe());
  silent.requireNone();
  aligner ??= align(foundPeriod(source, finder.periodMs()));
  aligner.flush();
  return frames;
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that is given and not above zero. */
export function requireReadFramesOptions(
  owner: string,
  { periodMs, watchMs }: ReadFramesOptions,
): void {
  if (periodMs !== undefined) requirePositive(owner, { periodMs });
  if (watchMs !== undefined) requirePositive(owner, { watchMs });
}

function foundPeriod({ name }: Pick<Source, "name">, periodMs: number | undefined): number {
  if (periodMs !== undefined) return periodMs;
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `${name}: expected at least two readings of a tag at different times, got none`,
    { hint: "Check the status of the source, or record for longer." },
  );
}

/** Collects frames until they end. */
export function collectFrames(
  frames: Observable<Frame> | Iterable<Frame>,
  signal: AbortSignal | undefined,
): Promise<Frame[]> {
  if (!isObservable(frames)) return Promise.resolve([...frames]);
  return lastValueFrom(abortable(frames, signal).pipe(toArray()));
}

function abortable<T>(stream: Observable<T>, signal: AbortSignal | undefined): Observable<T> {
  return new Observable((subscriber) => {
    if (signal?.aborted) return subscriber.error(signal.reason);
    const abort = (): void => subscriber.error(signal?.reason);
    signal?.addEventListener("abort", abort);
    const subscription = stream.subscribe(subscriber);
    return () => {
      signal?.removeEventListener("abort", abort);
      subscription.unsubscribe();
    };
  });
}
