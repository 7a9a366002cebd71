import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  map,
  type Observable,
  retry,
  timer,
} from "rxjs";
import type { IncomingLabel, LabelInput } from "../core/label.ts";
import { GatewayError } from "../errors.ts";
import { fullJitterMs } from "../math/full-jitter.ts";

export interface LabelQueueOptions {
  /** Keeps a label; `cameMs` is when it came in. Fails with a retryable error where it is worth another try. */
  readonly take: (input: LabelInput, cameMs: number) => Promise<unknown>;
  /** Hears why a label is not taken, for good. */
  readonly onTrouble: (error: unknown) => void;
}

/** Labels that wait to be kept. */
export interface LabelQueue {
  /** Keeps what comes, one after the other, and tells each source when it may forget its label. Emits nothing; never fails. */
  drain(labels: Observable<IncomingLabel>): Observable<never>;
  /** Labels that have come and are not kept yet. */
  waiting(): number;
  /** Labels that had to be given up, because too many waited. */
  lost(): number;
  /** Why the first of those that wait does; absent while all goes well. */
  refusal(): unknown;
}

/** So many labels wait, some kilobytes each; more only from sources that give no other before these are done. */
export const MOST_WAITING = 1000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** Creates a queue that tries a label again, with full jitter of up to a minute, for as long as it is refused for the moment. Those behind it wait, so that all are kept in order. */
export function createLabelQueue({ take, onTrouble }: LabelQueueOptions): LabelQueue {
  let waiting = 0;
  let lost = 0;
  let refusal: unknown;

  const hasRoom = ({ done }: IncomingLabel): boolean => {
    if (done !== undefined || waiting < MOST_WAITING) return true;
    lost += 1;
    return false;
  };
  const delay = (error: unknown, count: number): Observable<unknown> => {
    if (!(error instanceof GatewayError && error.retryable)) throw error;
    refusal = error;
    return timer(fullJitterMs(count - 1, FIRST_RETRY_MS, LONGEST_RETRY_MS, Math.random));
  };
  const leave = (): Observable<never> => {
    waiting -= 1;
    refusal = undefined;
    return EMPTY;
  };
  const report = (error: unknown): Observable<never> => {
    onTrouble(error);
    return EMPTY;
  };

  return {
    drain: (labels) =>
      labels.pipe(
        filter(hasRoom),
        map((label) => {
          waiting += 1;
          return { label, cameMs: Date.now() };
        }),
        concatMap(({ label: { done, ...input }, cameMs }) => {
          const kept = defer(() => take(input, cameMs)).pipe(
            retry({ delay }),
            ignoreElements(),
            catchError(report),
          );
          const told = defer(() => {
            done?.();
            return EMPTY;
          });
          return concat(kept, defer(leave), told.pipe(catchError(report)));
        }),
      ),
    waiting: () => waiting,
    lost: () => lost,
    refusal: () => refusal,
  };
}
