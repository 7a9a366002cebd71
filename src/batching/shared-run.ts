import type { OwnWindow } from "../math/score-stream.ts";
import type { ScoringBatch } from "../model/scoring-batch.ts";
import type { FairQueue } from "./fair-queue.ts";
import { finishIfThrough, type LaneState } from "./lane.ts";
import type { WindowStore } from "./window-store.ts";

/** Puts windows of many lanes through one run. */
export interface SharedRun {
  /** Fills a run from the queue; false when one is under way or nothing waits. */
  fill(queue: FairQueue, limit: number): boolean;
  /** Scores what was filled in and hands it out; never fails. */
  score(): Promise<void>;
  isUnderWay(): boolean;
}

export function createSharedRun(batch: ScoringBatch, store: WindowStore): SharedRun {
  const windows: OwnWindow[] = [];
  const owners: LaneState[] = [];
  const take = (lane: LaneState, window: OwnWindow): void => {
    windows.push(window);
    owners.push(lane);
    lane.running += 1;
  };
  const deliver = (): void => {
    for (let place = 0; place < windows.length; place += 1) {
      const lane = owners[place] as LaneState;
      if (!lane.isClosed) lane.options.onScored(windows[place] as OwnWindow, batch, place);
    }
  };
  const fail = (error: unknown): void => {
    const lost = new Map<LaneState, number>();
    for (const lane of owners) lost.set(lane, (lost.get(lane) ?? 0) + 1);
    for (const [lane, count] of lost) if (!lane.isClosed) lane.options.onFailed(error, count);
  };
  const clear = (): void => {
    const served = owners.slice();
    windows.forEach(store.giveBack);
    windows.length = 0;
    owners.length = 0;
    for (const lane of served) lane.running -= 1;
    served.forEach(finishIfThrough);
  };
  return {
    fill(queue, limit) {
      if (windows.length > 0) return false;
      queue.takeTurns(limit, take);
      return windows.length > 0;
    },
    async score() {
      try {
        await batch.run(windows);
      } catch (error) {
        fail(error);
        return clear();
      }
      deliver();
      clear();
    },
    isUnderWay: () => windows.length > 0,
  };
}
