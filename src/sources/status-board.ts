import { BehaviorSubject, distinctUntilChanged, type Observable } from "rxjs";
import type { SourceState, SourceStatus } from "./source.ts";

/** What is told beside the state. */
export type StatusDetails = Partial<Omit<SourceStatus, "state" | "sinceMs">>;

/** Writes the status of one subscription. */
export interface StatusPen {
  /** Repeating the state and its details changes nothing; `sinceMs` is the beginning of the state. */
  say(state: SourceState, details?: StatusDetails): void;
  /** The subscription is over: back to `idle`, unless it has said that it failed or ended. */
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
  let resting = plain("idle", now());
  const shown = new BehaviorSubject(resting);
  const show = () => shown.next(open.at(-1)?.status ?? resting);

  return {
    status: shown.pipe(distinctUntilChanged()),
    open() {
      const entry = { status: plain("connecting", now()) };
      open.push(entry);
      show();
      return {
        say(state, details = {}) {
          const { status } = entry;
          const isSame = status.state === state;
          if (isSame && saysTheSame(status, details)) return;
          entry.status = { ...plain(state, isSame ? status.sinceMs : now()), ...details };
          show();
        },
        close() {
          open.splice(open.indexOf(entry), 1);
          const isOver = entry.status.state === "failed" || entry.status.state === "ended";
          resting = isOver ? entry.status : plain("idle", now());
          show();
        },
      };
    },
  };
}

const NO_TROUBLES: SourceStatus["troubles"] = [];
const NO_TEXTS: SourceStatus["texts"] = {};

function plain(state: SourceState, sinceMs: number): SourceStatus {
  return { state, sinceMs, troubles: NO_TROUBLES, texts: NO_TEXTS };
}

function saysTheSame(status: SourceStatus, details: StatusDetails): boolean {
  const { error, retryInMs, troubles = NO_TROUBLES, texts = NO_TEXTS } = details;
  return (
    status.error === error &&
    status.retryInMs === retryInMs &&
    status.troubles === troubles &&
    status.texts === texts
  );
}
