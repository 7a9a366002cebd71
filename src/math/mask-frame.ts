import type { Frame } from "../core/frame.ts";

/**
 * Takes cells out of a frame: nothing is known of them, and they were not measured. The frame itself where there is
 * nothing to take out.
 *
 * @param mask shape `[tags]`: 1 for a cell to take out
 */
export function maskFrame(frame: Frame, mask: Uint8Array): Frame {
  if (!mask.includes(1)) return frame;
  const values = frame.values.slice();
  const agesMs = frame.agesMs.slice();
  mask.forEach((isMasked, tag) => {
    if (isMasked === 0) return;
    values[tag] = Number.NaN;
    agesMs[tag] = Number.POSITIVE_INFINITY;
  });
  return { ...frame, values, agesMs };
}
