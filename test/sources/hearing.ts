import { filter, firstValueFrom, map, type Observable, take, timeout, toArray } from "rxjs";
import { onTestFinished } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import type { Source, SourceState, SourceStatus } from "../../src/sources/source.ts";

/** For `expect.poll`: wait long, look often. */
export const patience = { timeout: 20_000, interval: 5 };

/** Subscribes until the test is over. */
export function hear(source: Source): Reading[] {
  const heard: Reading[] = [];
  const subscription = source.readings.subscribe({
    next: (reading) => heard.push(reading),
    error: () => {}, // the status tells it
  });
  onTestFinished(() => subscription.unsubscribe());
  return heard;
}

/** The first readings, then hangs up. */
export function firstReadings(source: Source, count: number): Promise<Reading[]> {
  return firstValueFrom(source.readings.pipe(take(count), toArray()));
}

/**
 * The first good readings, then hangs up: on a machine that is busy with other tests, a source may need a second attempt.
 *
 * What was refused is only tried again after a minute, and so still fails the test, which then says why.
 */
export function goodReadings(source: Source, count: number): Promise<Reading[]> {
  const good = source.readings.pipe(
    filter(({ quality }) => quality === "good"),
    take(count),
    toArray(),
    timeout({
      first: patience.timeout,
      with: () =>
        source.status.pipe(
          map(({ state, error }) => {
            throw new Error(`no ${count} good readings: ${source.name} is ${state}`, {
              cause: error,
            });
          }),
        ),
    }),
  );
  return firstValueFrom(good);
}

/** Everything until the source fails. */
export function untilFailure(source: Source): Promise<Reading[]> {
  return firstValueFrom(source.readings.pipe(toArray()));
}

/** The first status of that state, now or later. */
export function status(source: Source, state: SourceState): Promise<SourceStatus> {
  const statuses: Observable<SourceStatus> = source.status;
  return firstValueFrom(statuses.pipe(filter((current) => current.state === state)));
}
