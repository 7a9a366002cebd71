import { isQuarantined, isTrusted, leastTimeoutMs } from "./line-unit.ts";
import type { PlanItem } from "./plan-requests.ts";
import type { Poll } from "./poll-list.ts";

/** What is to be done next: ask, or nothing for so many milliseconds. */
export type Turn<Item extends PlanItem> =
  | {
      readonly poll: Poll<Item>;
      readonly timeoutMs: number;
      /** Turns of this request that have been left out before this one. */
      readonly skipped: number;
    }
  | { readonly waitMs: number };

/** Left between a probe and the next turn of another unit. */
const MARGIN_MS = 5;
/** What is in doubt waits for so many periods until the line is idle; then it takes the time of others. */
const PATIENCE_PERIODS = 2;
/** Nothing stays behind others for longer than if its period were this. */
const LONGEST_PERIOD_MS = 10_000;
/** A line without any turn to come is looked at again after this long. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Gives the next turn on a line.
 *
 * Turns stand on a grid, so they do not drift, and one that comes too late is left out, so nothing ever queues. What has to be over soonest
 * comes first: a line that has too much to do is late for all alike. What failed last time comes when nobody else has a turn, and a
 * probe of a unit in quarantine only when nobody else will have one soon; neither waits for ever.
 *
 * @param timeoutMs by unit
 */
export function nextTurn<Item extends PlanItem>(
  polls: readonly Poll<Item>[],
  timeoutMs: (unitId: number) => number,
  nowMs: number,
): Turn<Item> {
  let idle: number | undefined;
  const idleMs = (): number => {
    idle ??= soonest(polls, (poll) => (isInDoubt(poll) ? undefined : poll.dueMs)) - nowMs;
    return idle;
  };
  const isTurn = (poll: Poll<Item>): boolean => {
    const { unit } = poll;
    const lateMs = nowMs - turnMs(poll);
    if (lateMs < 0) return false;
    if (!isInDoubt(poll) || lateMs >= PATIENCE_PERIODS * periodMs(poll)) return true;
    return idleMs() > (isQuarantined(unit) ? timeoutMs(unit.id) / 2 + MARGIN_MS : 0);
  };
  /** What is in doubt gets the time that nobody else needs, if that is enough for a unit that is not dead. */
  const limitMs = (poll: Poll<Item>): number => {
    const fullMs = timeoutMs(poll.unit.id);
    if (!isInDoubt(poll)) return fullMs;
    return Math.max(leastTimeoutMs(poll.unit, fullMs), Math.min(fullMs, idleMs() - MARGIN_MS));
  };

  let first: Poll<Item> | undefined;
  for (const poll of polls) {
    if (isTurn(poll) && (!first || isSooner(poll, first))) first = poll;
  }
  if (first) return { poll: first, timeoutMs: limitMs(first), skipped: takeTurn(first, nowMs) };
  const wakeMs = soonest(polls, (poll) => (turnMs(poll) > nowMs ? turnMs(poll) : undefined));
  return { waitMs: Math.min(wakeMs - nowMs, LONGEST_WAIT_MS) };
}

/** The last turn on the grid of a poll that is not after `nowMs`, or the one to come. */
export function newestTurnMs(
  { dueMs, request: { pollMs } }: Poll<PlanItem>,
  nowMs: number,
): number {
  return dueMs + Math.max(0, Math.floor((nowMs - dueMs) / pollMs)) * pollMs;
}

/** The unit, or this request of it, failed last time. */
function isInDoubt({ unit, failures }: Poll<PlanItem>): boolean {
  return failures > 0 || !isTrusted(unit);
}

function turnMs({ unit, dueMs }: Poll<PlanItem>): number {
  return isQuarantined(unit) ? unit.restsUntilMs : dueMs;
}

/** Among equals comes first what was asked longest ago, so that the requests of a unit in doubt take turns. */
function isSooner(a: Poll<PlanItem>, b: Poll<PlanItem>): boolean {
  const [aMs, bMs] = [deadlineMs(a), deadlineMs(b)];
  return aMs < bMs || (aMs === bMs && a.askedMs < b.askedMs);
}

/** When a poll should be over: a period after its turn, and when it is in doubt, so long after its patience. */
function deadlineMs(poll: Poll<PlanItem>): number {
  const periods = isInDoubt(poll) ? 1 + PATIENCE_PERIODS : 1;
  return turnMs(poll) + periods * periodMs(poll);
}

function periodMs({ request: { pollMs } }: Poll<PlanItem>): number {
  return Math.min(pollMs, LONGEST_PERIOD_MS);
}

/** The next turn is the first on the grid that is still to come. */
function takeTurn(poll: Poll<PlanItem>, nowMs: number): number {
  const { pollMs } = poll.request;
  const newestMs = newestTurnMs(poll, nowMs);
  const skipped = isQuarantined(poll.unit) ? 0 : Math.round((newestMs - poll.dueMs) / pollMs);
  poll.dueMs = Math.max(poll.dueMs, newestMs + pollMs);
  poll.askedMs = nowMs;
  return skipped;
}

function soonest<Item extends PlanItem>(
  polls: readonly Poll<Item>[],
  timeMs: (poll: Poll<Item>) => number | undefined,
): number {
  let least = Number.POSITIVE_INFINITY;
  for (const poll of polls) least = Math.min(least, timeMs(poll) ?? least);
  return least;
}
