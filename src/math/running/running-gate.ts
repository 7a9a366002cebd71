import type { FrameWindow } from "../../core/frame.ts";
import type { RunningRule } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { slotOf } from "../grid.ts";
import { createRunningWatch } from "./running-watch.ts";

/** Tells the windows of a running machine from those that are not to be judged. Holds the state of one stream. */
export interface RunningGate {
  /**
   * Takes in the next window of the stream. True when the machine ran in every row of it and had done so for `settleMs` before its first
   * row: a window that still holds a start, or any of the time to settle, is not judged, and neither is one that holds a stop.
   * Over rows that do not tell, and rows that are missing, the state stays what it was for 60 s, three rows at least; behind a longer hole,
   * as at the beginning of the stream, the time to settle begins with the first row that runs: the machine may have been started there.
   * `undefined` where it is not known whether the machine runs: neither a reason to judge the window nor to call the machine off.
   */
  isRunning(window: FrameWindow): boolean | undefined;
}

/**
 * Creates the gate for one stream of windows, in their order, overlapping or not.
 *
 * @param tags in the order of the windows' cells
 * @param periodMs distance of two rows
 * @throws GatewayError `CONFIG_INVALID` for an expression that cannot be read
 */
export function createRunningGate(
  rule: RunningRule,
  tags: readonly Tag[],
  periodMs: number,
): RunningGate {
  const watch = createRunningWatch(rule, tags, periodMs);
  let last = Number.NEGATIVE_INFINITY; // the newest row that was seen
  return {
    isRunning({ endMs, length, tags: width, values }) {
      const end = slotOf({ timeMs: endMs, periodMs });
      const first = end - length + 1;
      if (end < last) {
        watch.reset();
        last = Number.NEGATIVE_INFINITY;
      }
      for (let slot = Math.max(first, last + 1); slot <= end; slot += 1) {
        watch.push(slot, values, (slot - first) * width);
      }
      last = end;
      return watch.isSettledSince(first);
    },
  };
}

/**
 * Marks the rows of a trace in which the machine runs and has settled: 1, otherwise 0. A window all of whose rows are marked is one
 * that the gate lets through, and no other.
 *
 * @param values shape `[rows, tags]`, `periodMs` apart
 * @throws GatewayError `CONFIG_INVALID` for an expression that cannot be read
 */
export function runningRows(
  rule: RunningRule,
  tags: readonly Tag[],
  values: Float64Array,
  periodMs: number,
): Uint8Array {
  const watch = createRunningWatch(rule, tags, periodMs);
  return Uint8Array.from({ length: values.length / tags.length }, (_, row) => {
    watch.push(row, values, row * tags.length);
    return watch.isSettledSince(row) ? 1 : 0;
  });
}
