import { filter, firstValueFrom, type Observable, take, toArray } from "rxjs";
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

/** Everything until the source fails. */
export function untilFailure(source: Source): Promise<Reading[]> {
  return firstValueFrom(source.readings.pipe(toArray()));
}

/** The first status of that state, now or later. */
export function status(source: Source, state: SourceState): Promise<SourceStatus> {
  const statuses: Observable<SourceStatus> = source.status;
  return firstValueFrom(statuses.pipe(filter((current) => current.state === state)));
}
