import Denque from "denque";
import type { OwnWindow } from "../math/score-stream.ts";
import type { LaneState } from "./lane.ts";

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
  /** Lanes with waiting windows, and such as had some; whoever was served goes to the end. */
  const line = new Denque<LaneState>();
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
      while (taken < limit) {
        const lane = line.shift();
        if (lane === undefined) break;
        lane.isInLine = false;
        const window = lane.waiting.shift();
        if (window === undefined) continue;
        take(lane, window);
        taken += 1;
        if (!lane.waiting.isEmpty()) standInLine(lane);
      }
      size -= taken;
    },
    takeFromLongest() {
      if (size === 0) return undefined;
      const lane = line
        .toArray()
        .reduce((most, one) => (one.waiting.length > most.waiting.length ? one : most));
      size -= 1;
      return { lane, window: lane.waiting.shift() as OwnWindow };
    },
    takeAll(lane) {
      const all = lane.waiting.toArray();
      lane.waiting.clear();
      size -= all.length;
      return all;
    },
    size: () => size,
    hasEnded() {
      for (let place = 0; place < line.length; place += 1) {
        const { onDone, waiting } = line.peekAt(place) as LaneState;
        if (onDone !== undefined && !waiting.isEmpty()) return true;
      }
      return false;
    },
  };
}
