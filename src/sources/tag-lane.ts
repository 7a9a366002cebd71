import type { Quality, Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import type { Tally } from "./tally.ts";

/** By the newest reading. */
export type TagState = "unread" | "valued" | "bad";

/** What is known of one tag. */
export interface TagLane {
  readonly name: string;
  readonly isSampled: boolean;
  readonly expectMs: number;
  state: TagState;
  /** Newest time that the device gave, on its clock. */
  deviceMs: number;
  /** What is added to it, while that clock is behind what was delivered. */
  shiftMs: number;
  /** Readings in a row behind the newest. */
  behind: number;
  /** Of the newest delivered; kept apart from the reading, so that readings die young. */
  lastMs: number;
  lastValue: number;
  lastQuality: Quality | undefined;
  heardMs: number;
  isAwaited: boolean;
}

/** So many readings in a row behind the newest are a clock that was set back; fewer have only overtaken each other. */
const READINGS_OF_A_SET_BACK = 3;
/** What lies further ahead of this machine's own clock was stamped by a wrong one. */
const FAR_AHEAD_MS = 60_000;

/** A tag of which nothing is known. */
export function emptyLane(tag: Tag, expectMs: number, heardMs: number): TagLane {
  return {
    name: tag.name,
    isSampled: tag.reporting !== "on-change",
    expectMs,
    state: "unread",
    deviceMs: Number.NEGATIVE_INFINITY,
    shiftMs: 0,
    behind: 0,
    lastMs: Number.NEGATIVE_INFINITY,
    lastValue: Number.NaN,
    lastQuality: undefined,
    heardMs,
    isAwaited: true,
  };
}

/** Whether nothing has come for longer than expected. What the connection has called bad, and what is reported on change, may rest. */
export function isOverdue(
  { isSampled, isAwaited, state, heardMs, expectMs }: TagLane,
  steadyMs: number,
): boolean {
  const mayRest = !isAwaited && !(isSampled && state === "valued");
  return !mayRest && steadyMs - heardMs > expectMs;
}

/** Servers send the value as it stands once more when a subscription is made anew. */
export function isRepetition(lane: TagLane, reading: Reading): boolean {
  return (
    reading.timeMs === lane.deviceMs &&
    reading.quality === lane.lastQuality &&
    Object.is(reading.value, lane.lastValue)
  );
}

/** The time with which a reading goes out; `undefined` when it is late. */
export function nextTimeMs(
  lane: TagLane,
  deviceMs: number,
  clock: () => number,
  tally: Tally,
): number | undefined {
  const { lastMs } = lane;
  lane.behind = deviceMs < lane.deviceMs ? lane.behind + 1 : 0;
  if (lane.behind > 0 && lane.behind < READINGS_OF_A_SET_BACK) return undefined;
  if (lane.behind > 0) {
    tally.clockJumps += 1;
    lane.behind = 0;
    const wasFarAhead = lastMs > clock() + FAR_AHEAD_MS; // then the clock is right again
    lane.shiftMs = wasFarAhead ? 0 : Math.max(clock(), lastMs + 1) - deviceMs;
  } else if (deviceMs > lastMs) {
    lane.shiftMs = 0;
  } else {
    lane.shiftMs = Math.max(lane.shiftMs, lastMs - deviceMs);
  }
  lane.deviceMs = deviceMs;
  return deviceMs + lane.shiftMs;
}
