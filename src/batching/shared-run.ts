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
  /** As long as the last run was: the next one most likely is, too, and takes no memory then. */
  const windows: OwnWindow[] = [];
  const owners: LaneState[] = [];
  let taken = 0;
  const take = (lane: LaneState, window: OwnWindow): void => {
    windows[taken] = window;
    owners[taken] = lane;
    taken += 1;
    lane.running += 1;
  };
  const deliver = (): void => {
    for (let place = 0; place < taken; place += 1) {
      const { isClosed, options } = owners[place] as LaneState;
      if (!isClosed) options.onScored(windows[place] as OwnWindow, batch, place);
    }
  };
  const fail = (error: unknown): void => {
    const lost = new Map<LaneState, number>();
    for (const lane of owners) lost.set(lane, (lost.get(lane) ?? 0) + 1);
    for (const [lane, count] of lost) if (!lane.isClosed) lane.options.onFailed(error, count);
  };
  const clear = (): void => {
    for (const window of windows) store.giveBack(window);
    for (const lane of owners) lane.running -= 1;
    taken = 0;
    for (const lane of owners) finishIfThrough(lane);
  };
  return {
    fill(queue, limit) {
      if (taken > 0) return false;
      queue.takeTurns(limit, take);
      windows.length = taken;
      owners.length = taken;
      return taken > 0;
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
    isUnderWay: () => taken > 0,
  };
}
