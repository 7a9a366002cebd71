import type { FrameWindow } from "../core/frame.ts";
import type { OwnWindow } from "../math/score-stream.ts";

/** The memory of windows that wait for their run, used again and again. */
export interface WindowStore {
  /** A copy of `window`, to be given back. */
  take(window: FrameWindow): OwnWindow;
  giveBack(window: OwnWindow): void;
}

/**
 * Creates a store that grows to as many windows as were ever out at once.
 *
 * @param newValues gives memory for the values of one
 */
export function createWindowStore(newValues: () => Float64Array): WindowStore {
  const free: OwnWindow[] = [];
  return {
    take({ endMs, length, tags, values, coverage, offsets, state }) {
      const own = free.pop() ?? { endMs, length, tags, values: newValues(), coverage };
      own.endMs = endMs;
      own.coverage = coverage;
      own.values.set(values);
      if (offsets) own.offsets ??= new Float64Array(tags);
      if (offsets) own.offsets?.set(offsets);
      else own.offsets?.fill(0); // of the window before
      if (state ?? own.state) own.state = state ?? "running";
      return own;
    },
    giveBack: (window) => {
      free.push(window);
    },
  };
}
