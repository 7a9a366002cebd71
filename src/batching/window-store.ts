import type { FrameWindow } from "../core/frame.ts";
import type { OwnWindow } from "../math/score-stream.ts";

/** The memory of windows that wait for their run, used again and again. */
export interface WindowStore {
  /** A copy of `window`, to be given back. */
  take(window: FrameWindow): OwnWindow;
  giveBack(window: OwnWindow): void;
}

function newWindow(length: number, tags: number): OwnWindow {
  return { endMs: 0, length, tags, values: new Float64Array(length * tags), coverage: 0 };
}

/** Creates a store that grows to as many windows as were ever out at once. */
export function createWindowStore(): WindowStore {
  const free: OwnWindow[] = [];
  return {
    take({ endMs, length, tags, values, coverage, offsets, state }) {
      const own = free.pop() ?? newWindow(length, tags);
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
