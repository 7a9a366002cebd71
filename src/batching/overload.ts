/**
 * What happens when windows come faster than they are scored. `widen-strides`: every stream scores every 2nd, 4th or 8th of its windows, until the
 * queue is empty again. `drop-oldest`: the oldest window of the stream with the longest queue is given up. `wait`: nothing is lost and the queue grows, for
 * recordings that can be held back.
 */
export type Overload = "widen-strides" | "drop-oldest" | "wait";

/** How much wider strides get at most: an incident still has several windows. */
const WIDEST = 8;
/** From this part of the room on strides get wider. */
const FULL = 0.5;
/** Runs that leave nothing waiting, until strides get narrower. */
const CALM_RUNS = 8;

/** Widens the strides of all streams together. */
export interface StrideControl {
  /** Windows from one that is scored to the next: 1, 2, 4 or 8. */
  factor(): number;
  /** A run begins that leaves so many windows waiting. */
  begin(left: number): void;
}

export function createStrideControl(overload: Overload, room: number): StrideControl {
  let factor = 1;
  let calmRuns = 0;
  return {
    factor: () => factor,
    begin(left) {
      if (overload !== "widen-strides") return;
      calmRuns = left === 0 ? calmRuns + 1 : 0;
      if (left > FULL * room) factor = Math.min(WIDEST, 2 * factor);
      if (calmRuns < CALM_RUNS || factor === 1) return;
      factor /= 2;
      calmRuns = 0;
    },
  };
}
