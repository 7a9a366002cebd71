import type { Frame } from "../../core/frame.ts";
import { slotOf } from "../../math/grid.ts";
import type { KeptWindow } from "./kept-windows.ts";

/**
 * The frames of windows that were kept, in time order, each once: what they would be in a recording that was interrupted between the windows.
 *
 * Windows that overlap or follow each other make one longer run. How old each value was is not known: all count as measured.
 */
export function framesOfWindows(windows: readonly KeptWindow[]): readonly Frame[] {
  const bySlot = new Map<number, Frame>();
  for (const { endMs, periodMs, length, values, tags } of windows) {
    const width = tags.length;
    for (let row = 0; row < length; row += 1) {
      const timeMs = endMs - (length - 1 - row) * periodMs;
      bySlot.set(slotOf({ timeMs, periodMs }), {
        ...{ timeMs, periodMs },
        values: values.subarray(row * width, (row + 1) * width),
        agesMs: new Float64Array(width),
      });
    }
  }
  return [...bySlot.values()].toSorted((a, b) => a.timeMs - b.timeMs);
}
