import {
  catchError,
  concat,
  defer,
  EMPTY,
  merge,
  type Observable,
  retry,
  Subscription,
  throwError,
  timer,
  using,
} from "rxjs";
import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import type { Source, SourceStatus } from "../sources/source.ts";
import type { SourceHealth } from "./health.ts";

/** All sources of a gateway as one. */
export interface Intake {
  /**
   * The readings of all sources. One that fails leaves the others alone; the first failure is told when all
   * have ended.
   */
  readonly readings: Observable<Reading>;
  health(): readonly SourceHealth[];
}

/**
 * A source that failed with a retryable error is subscribed again after this long: it has been
 * reconnecting by itself for as long as it was told to.
 */
const RESTART_MS = 10_000;

/** Merges sources and keeps watch on their status. */
export function createIntake(sources: readonly Source[]): Intake {
  const statuses = sources.map((): SourceStatus | undefined => undefined);
  const watchStatus = (): Subscription => {
    const watch = new Subscription();
    sources.forEach(({ status }, place) => {
      watch.add(
        status.subscribe({
          next(now) {
            statuses[place] = now;
          },
          error() {
            // A source whose status breaks is still worth reading.
          },
        }),
      );
    });
    return watch;
  };

  return {
    readings: using(watchStatus, () => {
      const failures: unknown[] = [];
      const all = sources.map((source) =>
        supervise(source).pipe(
          catchError((failure: unknown) => {
            failures.push(failure);
            return EMPTY;
          }),
        ),
      );
      return concat(
        merge(...all),
        defer(() => (failures.length > 0 ? throwError(() => failures[0]) : EMPTY)),
      );
    }),
    health: () =>
      sources.map(({ name, counters }, place) => ({
        name,
        ...(statuses[place] ?? NEVER_STARTED),
        ...(counters && { counters: counters() }),
      })),
  };
}

const NEVER_STARTED: SourceStatus = { state: "idle", sinceMs: 0, troubles: [], texts: {} };

function supervise({ readings }: Source): Observable<Reading> {
  return readings.pipe(
    retry({
      delay: (error: unknown) =>
        error instanceof GatewayError && error.retryable
          ? timer(RESTART_MS)
          : throwError(() => error),
    }),
  );
}
