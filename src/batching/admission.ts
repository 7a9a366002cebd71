import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import { slotOf } from "../math/grid.ts";
import { requireShape } from "../model/require-shape.ts";
import type { MicroBatcherOptions } from "./batcher-options.ts";
import type { FairQueue } from "./fair-queue.ts";
import { finishIfThrough, type LaneState } from "./lane.ts";
import type { StrideControl } from "./overload.ts";
import type { WindowStore } from "./window-store.ts";

/** Lets windows into the queue, or drops one, as `overload` says. */
export type Admission = (lane: LaneState, window: FrameWindow) => void;

export function createAdmission(
  card: ModelCard,
  { overload, maxWaiting }: Pick<Required<MicroBatcherOptions>, "overload" | "maxWaiting">,
  queue: FairQueue,
  store: WindowStore,
  strides: StrideControl,
): Admission {
  /** Strides are counted on the grid, so that all machines score the same instants. */
  const isSkipped = ({ endMs }: FrameWindow): boolean =>
    strides.factor() > 1 &&
    Math.round(slotOf({ timeMs: endMs, periodMs: card.periodMs }) / card.stride) %
      strides.factor() !==
      0;
  const makeRoom = (): void => {
    if (overload === "wait" || queue.size() < maxWaiting) return;
    const oldest = queue.takeFromLongest();
    if (oldest === undefined) return;
    store.giveBack(oldest.window);
    oldest.lane.options.onDropped(1);
    finishIfThrough(oldest.lane);
  };
  return (lane, window) => {
    requireShape(card, window);
    const own = store.take(window);
    lane.options.prepare(own); // a window that is dropped moves the levels, too
    if (isSkipped(window)) {
      store.giveBack(own);
      lane.options.onDropped(1);
      return;
    }
    makeRoom();
    queue.add(lane, own);
  };
}
