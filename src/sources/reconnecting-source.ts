import {
  catchError,
  concatWith,
  defer,
  distinctUntilChanged,
  finalize,
  ignoreElements,
  interval,
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
import { emitEach } from "./emit-each.ts";
import type { ReconnectOptions } from "./reconnect-options.ts";
import type { Source } from "./source.ts";
import type { SourceUpdate } from "./source-update.ts";
import { type StatusPen, statusBoard } from "./status-board.ts";
import { steadyClock } from "./steady-clock.ts";
import { subscriptionState } from "./subscription-state.ts";
import { createTally, type Tally } from "./tally.ts";

export interface ReconnectingSourceOptions extends ReconnectOptions {
  readonly name: string;
  readonly tags: readonly Tag[];
  /**
   * How long the connection may say nothing of a tag, in milliseconds; a tag that is reported on change has to come once. A tag that
   * stays away longer is bad, and when nothing has come of any tag, the connection is given up, whatever it thinks of itself.
   */
  readonly expectMs: (tag: Tag) => number;
  /**
   * Called for every subscriber, with its clock; what it gives is called for every attempt, and makes one life of a connection: connects when
   * subscribed, disconnects when unsubscribed, fails when the link is lost for good, never completes. A failure with
   * `DEPENDENCY_MISSING` ends the source.
   */
  readonly connector: (clock: () => number) => () => Observable<SourceUpdate>;
}

/**
 * Keeps the promises of {@link Source} for anything that can connect: back-off and jitter, one bad reading per tag
 * when the link is lost, `live` only while values arrive, times that never run backwards, giving up.
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
  const tally = createTally();
  return {
    name,
    tags,
    status: board.status,
    counters: () => ({ ...tally }),
    readings: defer(() => {
      const pen = board.open();
      const settings = { ...options, retryFirstMs, retryMaxMs };
      return reconnecting(settings, pen, steadyClock(now), tally).pipe(
        tap({
          error: (cause: unknown) => pen.say("failed", { error: asGatewayError(name, cause) }),
          complete: () => pen.say("ended"),
        }),
        finalize(() => pen.close()),
        emitEach,
      );
    }),
  };
}

type Settings = ReconnectingSourceOptions &
  Required<Pick<ReconnectOptions, "retryFirstMs" | "retryMaxMs">>;

/** The readings of one subscription, as they come together. */
function reconnecting(
  settings: Settings,
  pen: StatusPen,
  clock: () => number,
  tally: Tally,
): Observable<readonly Reading[]> {
  const { name, connector, expectMs, giveUpAfterMs, random = Math.random } = settings;
  const state = subscriptionState({ ...settings, clock }, pen, tally);
  const connect = connector(clock);
  let attempts = 0; // since the last value

  const fail = (cause: unknown): Observable<readonly Reading[]> => {
    const error = asGatewayError(name, cause);
    if (error.code === "DEPENDENCY_MISSING") throw error;
    const { retryFirstMs, retryMaxMs } = settings;
    const retryInMs = error.retryable
      ? fullJitterMs(attempts, retryFirstMs, retryMaxMs, random)
      : Math.round(REFUSED_FOR_GOOD * retryMaxMs * (1 + random()));
    attempts += 1;
    return of(state.take({ lost: error }, retryInMs)).pipe(
      concatWith(timer(retryInMs).pipe(ignoreElements())),
    );
  };

  const shortestMs = Math.min(...settings.tags.map((tag) => expectMs(tag)));
  const expiring = interval(Math.max(500, shortestMs / 2)).pipe(map(() => state.expire()));
  const lives = defer(() => {
    state.connecting();
    const taken = connect().pipe(map((update) => state.take(update)));
    return merge(taken, expiring);
  }).pipe(catchError(fail), repeat());

  const hasValue = state.hasValue.pipe(
    distinctUntilChanged(),
    tap((has) => {
      if (has) attempts = 0;
    }),
  );
  const givingUp = hasValue.pipe(
    switchMap((has) => (has || !giveUpAfterMs ? NEVER : timer(giveUpAfterMs))),
    map((): readonly Reading[] => {
      throw gaveUp(name, giveUpAfterMs, attempts, state.reason());
    }),
  );
  return merge(givingUp, lives);
}

/** A password that is wrong knocks so seldom that common account locks (five failures in a quarter of an hour) stay open. */
const REFUSED_FOR_GOOD = 5;

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
