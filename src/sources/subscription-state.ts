import { BehaviorSubject, type Observable } from "rxjs";
import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import { fewNames } from "./few-names.ts";
import type { SourceStatus } from "./source.ts";
import type { SourceUpdate } from "./source-update.ts";
import type { StatusPen } from "./status-board.ts";
import { tagTimelines } from "./tag-timelines.ts";
import type { Tally } from "./tally.ts";

/** What one subscription knows: turns what its connections tell into readings, and into the status. */
export interface SubscriptionState {
  /** A connection is about to be made: how long tags may stay away counts from here. */
  connecting(): void;
  /** @param retryInMs when the connection is gone: time until the next one */
  take(update: SourceUpdate, retryInMs?: number): readonly Reading[];
  /**
   * Gives up the tags of which nothing was heard for longer than expected.
   *
   * @throws GatewayError `SOURCE_UNREACHABLE` when no other tag has a value: the connection is of no use
   */
  expire(): readonly Reading[];
  /** Whether any tag has a value. */
  readonly hasValue: Observable<boolean>;
  /** Why nothing arrives, as far as it is known. */
  reason(): GatewayError | undefined;
}

export interface SubscriptionStateOptions {
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly expectMs: (tag: Tag) => number;
  readonly clock: () => number;
}

/** Creates what a subscription knows at its beginning: nothing. */
export function subscriptionState(
  options: SubscriptionStateOptions,
  pen: StatusPen,
  tally: Tally,
): SubscriptionState {
  const { name } = options;
  const timelines = tagTimelines({ ...options, steady: () => performance.now(), tally });
  const hasValue = new BehaviorSubject(false);
  let reason: GatewayError | undefined;
  let texts: SourceStatus["texts"] = {};

  const readingsOf = (update: SourceUpdate): readonly Reading[] => {
    if ("readings" in update) return timelines.admit(update.readings, update.trouble);
    if ("blank" in update) return timelines.blank(update.blank, update.trouble, update.statusCode);
    if ("lost" in update) {
      tally.losses += 1;
      return timelines.lose({ part: name, error: update.lost });
    }
    if ("texts" in update) texts = { ...texts, ...update.texts };
    else tally[update.count] += 1;
    return [];
  };

  const tell = (retryInMs?: number): void => {
    const { valued, unread } = timelines.count;
    const troubles = timelines.troubles();
    if (valued > 0 && troubles.length > 0) pen.say("degraded", { troubles, texts });
    else if (valued > 0 && unread === 0) pen.say("live", { texts });
    else if (valued === 0 && unread === 0 && reason) {
      pen.say("silent", { error: reason, texts, ...(retryInMs !== undefined && { retryInMs }) });
    }
    if (hasValue.value !== valued > 0) hasValue.next(valued > 0);
  };

  return {
    connecting: () => timelines.await(),
    take(update, retryInMs) {
      const readings = readingsOf(update);
      if ("lost" in update) reason = update.lost;
      else if ("trouble" in update && update.trouble) reason = update.trouble.error;
      tell(retryInMs);
      return readings;
    },
    expire() {
      const overdue = timelines.overdue();
      if (overdue.length === 0) return [];
      const error = nothingCame(name, overdue);
      const part = overdue.length === 1 ? `tag ${overdue[0]}` : `${overdue.length} tags`;
      const readings = timelines.blank(overdue, { part, error });
      if (timelines.count.valued === 0) throw error;
      tell();
      return readings;
    },
    hasValue,
    reason: () => reason,
  };
}

function nothingCame(name: string, tags: readonly string[]): GatewayError {
  return new GatewayError(
    "SOURCE_UNREACHABLE",
    `${name}: connected, but for longer than expected nothing has come of ${fewNames(tags)}`,
    {
      retryable: true,
      hint: "Look into the device: it keeps the connection open and serves nothing.",
    },
  );
}
