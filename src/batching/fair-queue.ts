import type { OwnWindow } from "../math/score-stream.ts";
import { countWaiting, type LaneState, takeOldest } from "./lane.ts";

/** The windows of many lanes that wait for a run. */
export interface FairQueue {
  add(lane: LaneState, window: OwnWindow): void;
  /** Takes up to `limit` windows, one of each lane in turn, and calls `take` with each. */
  takeTurns(limit: number, take: (lane: LaneState, window: OwnWindow) => void): void;
  /** Takes the oldest window of the lane that has the most; nothing when none waits. */
  takeFromLongest(): { readonly lane: LaneState; readonly window: OwnWindow } | undefined;
  /** Takes all windows of a lane. */
  takeAll(lane: LaneState): readonly OwnWindow[];
  size(): number;
  /** Whether a lane waits that has ended. */
  hasEnded(): boolean;
}

export function createFairQueue(): FairQueue {
  /** Lanes with waiting windows, and such as had some, from `head` on; whoever was served goes to the end. */
  const line: LaneState[] = [];
  let head = 0;
  let size = 0;
  const standInLine = (lane: LaneState): void => {
    if (lane.isInLine) return;
    lane.isInLine = true;
    line.push(lane);
  };
  return {
    add(lane, window) {
      lane.waiting.push(window);
      size += 1;
      standInLine(lane);
    },
    takeTurns(limit, take) {
      let taken = 0;
      while (taken < limit && head < line.length) {
        const lane = line[head++] as LaneState;
        lane.isInLine = false;
        const window = takeOldest(lane);
        if (window === undefined) continue;
        take(lane, window);
        taken += 1;
        if (countWaiting(lane) > 0) standInLine(lane);
      }
      size -= taken;
      if (head < line.length / 2) return; // moved up once in a while, not with every run
      line.splice(0, head);
      head = 0;
    },
    takeFromLongest() {
      if (size === 0) return undefined;
      const inLine = line.slice(head);
      const lane = inLine.reduce((most, one) =>
        countWaiting(one) > countWaiting(most) ? one : most,
      );
      size -= 1;
      return { lane, window: takeOldest(lane) as OwnWindow };
    },
    takeAll(lane) {
      const all = lane.waiting.slice(lane.head);
      lane.waiting = [];
      lane.head = 0;
      size -= all.length;
      return all;
    },
    size: () => size,
    hasEnded: () =>
      line.some(
        (lane, place) => place >= head && lane.onDone !== undefined && countWaiting(lane) > 0,
      ),
  };
}
