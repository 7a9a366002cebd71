import {
  BehaviorSubject,
  catchError,
  concatMap,
  concatWith,
  defer,
  distinctUntilChanged,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  repeat,
  switchMap,
  tap,
  timer,
} from "rxjs";
import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import { fullJitterMs } from "../math/full-jitter.ts";
import { requirePositive } from "../math/range-checks.ts";
import type { ReconnectOptions } from "./reconnect-options.ts";
import type { Source } from "./source.ts";
import { type StatusPen, statusBoard } from "./status-board.ts";
import { steadyClock } from "./steady-clock.ts";
import { tagTimelines } from "./tag-timelines.ts";

/** What a connection tells. */
export type SourceUpdate =
  /** `trouble`: why readings in it are bad; it becomes the status once no tag has a value any more. */
  | { readonly readings: readonly Reading[]; readonly trouble?: GatewayError }
  /** One tag has no value, and the device gave no time for that. */
  | { readonly blank: string; readonly statusCode?: number; readonly trouble: GatewayError }
  /** The link broke and the connection is mending it by itself: every tag is unknown until it is read again. */
  | { readonly lost: GatewayError };

export interface ReconnectingSourceOptions extends ReconnectOptions {
  readonly name: string;
  readonly tags: readonly Tag[];
  /** See {@link Source.periodMs}. */
  readonly periodMs?: number;
  /**
   * One life of a connection: connects when subscribed, disconnects when unsubscribed, fails when the link is lost for
   * good, never completes. Called anew for every attempt, with the clock of the subscriber. A failure with `DEPENDENCY_MISSING` ends the source.
   */
  readonly connect: (clock: () => number) => Observable<SourceUpdate>;
}

/**
 * Keeps the promises of {@link Source} for anything that can connect: back-off and jitter, one bad reading per tag
 * when the link is lost, `online` only while values arrive, times that never run backwards, giving up.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for a time that is not above zero.
 */
export function reconnectingSource(options: ReconnectingSourceOptions): Source {
  const { name, tags, now = Date.now } = options;
  const { retryFirstMs = 1000, retryMaxMs = 60_000, giveUpAfterMs } = options;
  requirePositive(name, {
    retryFirstMs,
    retryMaxMs,
    ...(giveUpAfterMs !== undefined && { giveUpAfterMs }),
  });
  const board = statusBoard(now);
  return {
    name,
    tags,
    ...(options.periodMs !== undefined && { periodMs: options.periodMs }),
    status: board.status,
    readings: defer(() => {
      const pen = board.open();
      return reconnecting({ ...options, retryFirstMs, retryMaxMs }, pen, steadyClock(now)).pipe(
        tap({
          error: (cause: unknown) => pen.say("ended", { error: asGatewayError(name, cause) }),
          complete: () => pen.say("ended"),
        }),
        finalize(() => pen.close()),
      );
    }),
  };
}

type Settings = ReconnectingSourceOptions &
  Required<Pick<ReconnectOptions, "retryFirstMs" | "retryMaxMs">>;

/** The readings of one subscription. */
function reconnecting(
  settings: Settings,
  pen: StatusPen,
  clock: () => number,
): Observable<Reading> {
  const { name, tags, connect, giveUpAfterMs, random = Math.random } = settings;
  const timelines = tagTimelines(tags);
  const online = new BehaviorSubject(false);
  let attempts = 0; // since the last value
  let reason: GatewayError | undefined;

  const readingsOf = (update: SourceUpdate): readonly Reading[] => {
    if ("lost" in update) return timelines.lose(clock());
    if ("blank" in update) return [timelines.blank(update.blank, clock(), update.statusCode)];
    return update.readings
      .map((reading) => timelines.admit(reading))
      .filter((reading) => reading !== undefined);
  };

  const accept = (update: SourceUpdate, retryInMs?: number): readonly Reading[] => {
    const readings = readingsOf(update);
    reason = ("lost" in update ? update.lost : update.trouble) ?? reason;
    if (timelines.hasValue()) {
      attempts = 0;
      pen.say("online");
    } else if (reason && timelines.hasNothing()) {
      pen.say("offline", { error: reason, ...(retryInMs !== undefined && { retryInMs }) });
    }
    online.next(timelines.hasValue());
    return readings;
  };

  const fail = (cause: unknown): Observable<readonly Reading[]> => {
    const error = asGatewayError(name, cause);
    if (error.code === "DEPENDENCY_MISSING") throw error;
    const retryInMs = fullJitterMs(attempts, settings.retryFirstMs, settings.retryMaxMs, random);
    attempts += 1;
    return of(accept({ lost: error }, retryInMs)).pipe(
      concatWith(timer(retryInMs).pipe(ignoreElements())),
    );
  };

  const lives = defer(() => connect(clock)).pipe(
    map((update) => accept(update)),
    catchError(fail),
    repeat(),
  );
  const givingUp = online.pipe(
    distinctUntilChanged(),
    switchMap((isOnline) => (isOnline || !giveUpAfterMs ? NEVER : timer(giveUpAfterMs))),
    map((): readonly Reading[] => {
      throw gaveUp(name, giveUpAfterMs, attempts, reason);
    }),
  );
  return merge(givingUp, lives).pipe(concatMap((readings) => from(readings)));
}

function asGatewayError(name: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("SOURCE_UNREACHABLE", `${name}: ${message}`, { cause, retryable: true });
}

function gaveUp(
  name: string,
  afterMs: number | undefined,
  attempts: number,
  reason: GatewayError | undefined,
): GatewayError {
  const why = reason ? reason.message : `${name} is still silent`;
  return new GatewayError(
    reason?.code ?? "SOURCE_UNREACHABLE",
    `gave up after ${afterMs} ms and ${attempts} failed attempts: ${why}`,
    {
      cause: reason,
      retryable: reason?.retryable ?? true,
      hint: reason?.hint ?? "Check that the device is switched on and reachable from this machine.",
    },
  );
}
