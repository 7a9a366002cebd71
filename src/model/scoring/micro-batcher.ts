import type { FrameWindow } from "../../core/frame.ts";
import { slotOf } from "../../math/grid.ts";
import {
  requireCount,
  requireKnown,
  requireNotNegative,
  requireOneOf,
} from "../../math/range-checks.ts";
import type { Scorer } from "../scorer.ts";
import { createFairQueue } from "./fair-queue.ts";
import {
  createLaneState,
  finishIfThrough,
  type Lane,
  type LaneOptions,
  type LaneState,
} from "./lane.ts";
import { createStrideControl, type Overload } from "./overload.ts";
import { createRoomGate } from "./room-gate.ts";
import { createRunClock } from "./run-clock.ts";
import { BATCH_SIZE, openBatch } from "./scoring-batch.ts";
import { createSharedRun } from "./shared-run.ts";
import { createWindowStore } from "./waiting-windows.ts";
import { requireShape } from "./window-judgement.ts";

export interface MicroBatcherOptions {
  /**
   * Windows scored in one run at most.
   * @defaultValue 256
   */
  readonly maxBatch?: number;
  /**
   * How long a window waits at most for others to share its run. One that comes after a pause as long does not wait.
   * @defaultValue 5
   */
  readonly maxDelayMs?: number;
  /**
   * Windows of all streams that may wait together, where `overload` bounds them.
   * @defaultValue 2,048, and no more than fit into 16 MB, and one batch at least
   */
  readonly maxWaiting?: number;
  /**
   * What gives way when windows come faster than they are scored.
   * @defaultValue `wait`
   */
  readonly overload?: Overload;
  /** Told when more than `maxWaiting` wait, with what resolves once half of them are gone: time to hold recordings back. */
  readonly onFull?: (room: Promise<void>) => void;
}

/** What a micro-batcher is about. */
export interface MicroBatcherHealth {
  /** Streams that share the model. */
  readonly streams: number;
  /** Windows that wait for their run. */
  readonly waiting: number;
  /** Of how many windows of a stream one is scored; more than 1 while scoring cannot keep up. */
  readonly strideFactor: number;
}

/** Where the windows of all streams that share a model meet in one run. */
export interface MicroBatcher {
  readonly model: Scorer;
  open(options: LaneOptions): Lane;
  health(): MicroBatcherHealth;
}

const OWNER = "createMicroBatcher";
const KNOWN = ["maxBatch", "maxDelayMs", "maxWaiting", "overload", "onFull"] as const;
const OVERLOADS = ["wait", "widen-strides", "drop-oldest"] as const;
const MAX_WAITING = 2_048;
const MAX_WAITING_BYTES = 16_000_000;

/**
 * Creates a micro-batcher: windows of all streams share runs of the model, in turns, so that none of them is starved; those of one stream keep their
 * order. Scores are those that each window would get alone, to within float rounding.
 *
 * Delivery: every window gets one result, or is counted as failed with its run, or is dropped and counted as `overload` says.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option that is unknown or out of range
 */
export function createMicroBatcher(model: Scorer, options: MicroBatcherOptions = {}): MicroBatcher {
  requireKnown(OWNER, options, KNOWN);
  const { maxBatch = BATCH_SIZE, maxDelayMs = 5, overload = "wait" } = options;
  requireCount(OWNER, { maxBatch });
  requireNotNegative(OWNER, { maxDelayMs });
  requireOneOf(OWNER, "overload", overload, OVERLOADS);
  const { maxWaiting = defaultRoom(model, maxBatch), onFull = () => {} } = options;
  requireCount(OWNER, { maxWaiting });

  const store = createWindowStore();
  const queue = createFairQueue();
  const shared = createSharedRun(openBatch(model, maxBatch), store);
  const strides = createStrideControl(overload, maxWaiting);
  const gate = createRoomGate(maxWaiting, onFull);
  let streams = 0;

  const run = async (): Promise<void> => {
    clock.begin();
    if (!shared.fill(queue, maxBatch)) return;
    strides.begin(queue.size());
    await shared.score();
    gate.check(queue.size());
    wake();
  };
  const clock = createRunClock(maxDelayMs, () => void run());
  const wake = (): void => {
    if (shared.isUnderWay() || queue.size() === 0) return;
    clock.wake(queue.size() >= maxBatch || queue.hasEnded());
  };
  const isSkipped = ({ endMs }: FrameWindow): boolean => {
    const { periodMs, stride } = model.card;
    const number = Math.round(slotOf({ timeMs: endMs, periodMs }) / stride);
    return number % strides.factor() !== 0;
  };
  const makeRoom = (): void => {
    const oldest = queue.size() < maxWaiting ? undefined : queue.takeFromLongest();
    if (oldest === undefined) return;
    store.giveBack(oldest.window);
    oldest.lane.options.onDropped(1);
    finishIfThrough(oldest.lane);
  };
  const push = (lane: LaneState, window: FrameWindow): void => {
    requireShape(model.card, window);
    const own = store.take(window);
    lane.options.prepare(own);
    if (strides.factor() > 1 && isSkipped(window)) {
      store.giveBack(own);
      return lane.options.onDropped(1);
    }
    if (overload !== "wait") makeRoom();
    queue.add(lane, own);
    gate.check(queue.size());
    wake();
  };

  return {
    model,
    open(laneOptions) {
      const lane = createLaneState(laneOptions);
      streams += 1;
      return {
        push(window) {
          if (!lane.isClosed) push(lane, window);
        },
        end(onDone) {
          lane.onDone = () => {
            streams -= 1;
            onDone();
          };
          finishIfThrough(lane);
          wake();
        },
        close() {
          if (lane.isClosed) return;
          lane.isClosed = true;
          streams -= 1;
          queue.takeAll(lane).forEach(store.giveBack);
        },
      };
    },
    health: () => ({ streams, waiting: queue.size(), strideFactor: strides.factor() }),
  };
}

function defaultRoom({ card }: Scorer, maxBatch: number): number {
  const bytes = 8 * card.windowLength * card.tags.length;
  return Math.max(maxBatch, Math.min(MAX_WAITING, Math.floor(MAX_WAITING_BYTES / bytes)));
}
