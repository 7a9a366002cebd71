import { NEAR_ZERO } from "./level-gap.ts";
import type { TagLevels } from "./tag-levels.ts";

/** A tag in both states. */
export interface TagInBoth {
  /** In the later part of the stops, when it has run down. */
  readonly off: TagLevels;
  /** At any time of running: a level that it passes on its way is none of its own. */
  readonly on: TagLevels;
  /** Whether it leaves its usual level as soon as the machine stops: what cools down does not. */
  readonly isPrompt: boolean;
}

/** What is quiet moves this share of what it usually does, at most. */
const QUIET = 0.35;
/** What is busy moves this many times what it usually does, at least. */
const BUSY = 1.5;

/** Shares of the other tags, of those that are not dead in both states. */
const LEAST_ALONG = 0.6;
const LEAST_WITNESSES = 0.25;
const MOST_BUSY = 0.1;
/** Of the tags that fall at once, so many must fall to nothing: in a machine that idles most fall to less. */
const LEAST_FALLEN_TO_NOTHING = 0.45;

/** What the other tags say of a state in which one tag is at nothing. */
export interface Rest {
  /** Tags that are still at a level of their own. */
  readonly witnesses: number;
  /** Other tags that move in one state at least. */
  readonly live: number;
}

/**
 * Tells a machine at rest from one tag at rest: most other tags are quiet or at another level, one more is at nothing too, and
 * hardly any is busier than usual. A heater that switches, a closed valve and a compressor that idles are none of that.
 */
export function judgeRest(others: readonly TagInBoth[]): Rest | undefined {
  const live = others.filter(isLive);
  const witnesses = live.filter(isWitness).length;
  const along = live.filter((tag) => isQuiet(tag) || isApart(tag)).length;
  const busy = live.filter(({ off, on }) => off.activity > BUSY * on.activity && off.activity > 0);
  const fallen = live.filter(
    (tag) => tag.isPrompt && isApart(tag) && tag.off.middle < tag.on.middle,
  );
  const nothing = fallen.filter(
    ({ off, on }) => Math.abs(off.middle) <= NEAR_ZERO * Math.abs(on.middle),
  );
  const isRest =
    nothing.length > 0 &&
    nothing.length + 1 >= LEAST_FALLEN_TO_NOTHING * (fallen.length + 1) &&
    witnesses >= LEAST_WITNESSES * live.length &&
    along >= LEAST_ALONG * live.length &&
    busy.length <= MOST_BUSY * live.length;
  return isRest ? { witnesses, live: live.length } : undefined;
}

function isLive(tag: TagInBoth): boolean {
  return tag.on.high > tag.on.low || isApart(tag);
}

function isWitness(tag: TagInBoth): boolean {
  const isDead = tag.on.high === tag.on.low && tag.off.high === tag.off.low;
  return isApart(tag) && (isDead || isQuiet(tag));
}

function isQuiet({ off, on }: TagInBoth): boolean {
  const isAlive = on.high > on.low;
  const isSteady = off.high - off.low <= QUIET * (on.high - on.low);
  return isAlive && (isSteady || off.activity <= QUIET * on.activity);
}

function isApart({ off, on }: TagInBoth): boolean {
  return off.high < on.low || off.low > on.high;
}
