import { lastValueFrom, Observable, take, toArray } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import { createAligner } from "../math/aligner.ts";
import { quantile } from "../math/statistics.ts";
import type { Source } from "../sources/source.ts";

/** Readings looked at to find the period. */
const PERIOD_SAMPLE = 20_000;

export interface ReadFramesOptions {
  /**
   * Distance of two frames, in milliseconds.
   * @defaultValue found from the readings, which subscribes to the source once more
   */
  readonly periodMs?: number;
  /** Stops reading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Plays a source that ends, and puts its readings on one time grid; cells in the order of `source.tags`.
 *
 * @throws {@link GatewayError} `TRAINING_DATA_INSUFFICIENT` when no period can be found; and what the source throws
 */
export async function readFrames(
  { name, tags, readings }: Source,
  { periodMs, signal }: ReadFramesOptions = {},
): Promise<Frame[]> {
  const period = periodMs ?? (await findPeriod(name, readings));
  const frames: Frame[] = [];
  const names = tags.map((tag) => tag.name);
  const aligner = createAligner({ tags: names, periodMs: period }, (frame) => frames.push(frame));
  await abortable(readings, signal).forEach((reading) => {
    aligner.push(reading);
  });
  aligner.flush();
  return frames;
}

/** Collects frames until they end. */
export function collectFrames(
  frames: Observable<Frame> | Iterable<Frame>,
  signal: AbortSignal | undefined,
): Promise<Frame[]> {
  if (!(frames instanceof Observable)) return Promise.resolve([...frames]);
  return lastValueFrom(abortable(frames, signal).pipe(toArray()));
}

/** The middle of the tags' usual distances between two readings, in whole milliseconds. */
async function findPeriod(source: string, readings: Observable<Reading>): Promise<number> {
  const lastMs = new Map<string, number>();
  const distances = new Map<string, number[]>();
  await readings.pipe(take(PERIOD_SAMPLE)).forEach(({ tag, timeMs }) => {
    const distance = timeMs - (lastMs.get(tag) ?? timeMs);
    lastMs.set(tag, timeMs);
    if (distance <= 0) return;
    const known = distances.get(tag);
    if (known) known.push(distance);
    else distances.set(tag, [distance]);
  });
  if (distances.size > 0) return Math.round(median([...distances.values()].map(median)));
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `${source}: expected at least two readings of a tag at different times, got none`,
  );
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
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
