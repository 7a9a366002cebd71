import { openBatch } from "../model/open-batch.ts";
import type { Scorer } from "../model/scorer.ts";
import { createAdmission } from "./admission.ts";
import { completeOptions, type MicroBatcherOptions } from "./batcher-options.ts";
import { createFairQueue } from "./fair-queue.ts";
import { createLaneState, finishIfThrough, type Lane, type LaneOptions } from "./lane.ts";
import { createStrideControl } from "./overload.ts";
import { createRoomGate } from "./room-gate.ts";
import { createRunClock } from "./run-clock.ts";
import { createSharedRun } from "./shared-run.ts";
import { createWindowStore } from "./window-store.ts";

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
  /** Whether it had streams, and all have ended. */
  isSpent(): boolean;
  health(): MicroBatcherHealth;
}

/**
 * Creates a micro-batcher: windows of all streams share runs of the model, in turns, so that none of them is starved; those of one stream keep their
 * order. Scores are those that each window would get alone, to within float rounding.
 *
 * Delivery: every window gets one result, or is counted as failed with its run, or is dropped and counted as `overload` says.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option that is unknown or out of range
 */
export function createMicroBatcher(model: Scorer, options: MicroBatcherOptions = {}): MicroBatcher {
  const complete = completeOptions(model, options);
  const { maxBatch, maxDelayMs, maxWaiting, overload, onFull } = complete;
  const batch = openBatch(model, maxBatch);
  const store = createWindowStore(batch.newValues);
  const queue = createFairQueue();
  const shared = createSharedRun(batch, store);
  const strides = createStrideControl(overload, maxWaiting);
  const gate = createRoomGate(maxWaiting, onFull);
  const admit = createAdmission(model.card, complete, queue, store, strides);
  let streams = 0;
  let opened = 0;
  let isUrgent = false; // somebody waits for the end of a stream

  const run = (): void => {
    clock.begin();
    if (!shared.fill(queue, maxBatch)) return;
    isUrgent = queue.hasEnded();
    strides.begin(queue.size());
    void shared.score().then(goOn);
  };
  const clock = createRunClock(maxDelayMs, run);
  const goOn = (): void => {
    gate.check(queue.size());
    wake();
  };
  const wake = (): void => {
    if (shared.isUnderWay() || queue.size() === 0) return;
    clock.wake(queue.size() >= maxBatch || isUrgent);
  };

  return {
    model,
    open(laneOptions) {
      const lane = createLaneState(laneOptions);
      streams += 1;
      opened += 1;
      return {
        push(window) {
          if (lane.isClosed) return;
          admit(lane, window);
          gate.check(queue.size());
          wake();
        },
        end(onDone) {
          lane.onDone = () => {
            streams -= 1;
            onDone();
          };
          finishIfThrough(lane);
          isUrgent = queue.hasEnded();
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
    isSpent: () => opened > 0 && streams === 0,
    health: () => ({ streams, waiting: queue.size(), strideFactor: strides.factor() }),
  };
}
