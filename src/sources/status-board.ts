import { BehaviorSubject, distinctUntilChanged, type Observable } from "rxjs";
import type { SourceState, SourceStatus } from "./source.ts";

/** Writes the status of one subscription. */
export interface StatusPen {
  /** Repeating the state and its details changes nothing; `sinceMs` is the beginning of the state. */
  say(state: SourceState, details?: Pick<SourceStatus, "error" | "retryInMs">): void;
  /** The subscription is over: back to `idle`, unless it said `ended`. */
  close(): void;
}

/** What {@link Source.status} needs: shows the newest of any number of subscriptions. */
export interface StatusBoard {
  readonly status: Observable<SourceStatus>;
  /** A new subscription, `connecting` until it says otherwise. */
  open(): StatusPen;
}

/** Creates the status of a source; share one board between all subscriptions of that source. */
export function statusBoard(now: () => number): StatusBoard {
  const open: { status: SourceStatus }[] = []; // oldest first
  let resting: SourceStatus = { state: "idle", sinceMs: now() };
  const shown = new BehaviorSubject(resting);
  const show = () => shown.next(open.at(-1)?.status ?? resting);

  return {
    status: shown.pipe(distinctUntilChanged()),
    open() {
      const entry: { status: SourceStatus } = { status: { state: "connecting", sinceMs: now() } };
      open.push(entry);
      show();
      return {
        say(state, details = {}) {
          const { status } = entry;
          const same = status.state === state;
          if (same && status.error === details.error && status.retryInMs === details.retryInMs) {
            return;
          }
          entry.status = { state, sinceMs: same ? status.sinceMs : now(), ...details };
          show();
        },
        close() {
          open.splice(open.indexOf(entry), 1);
          resting =
            entry.status.state === "ended" ? entry.status : { state: "idle", sinceMs: now() };
          show();
        },
      };
    },
  };
}
