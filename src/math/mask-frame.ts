import type { Frame } from "../core/frame.ts";
import { createFrameSheet } from "./frame-sheet.ts";

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
  takeOut(mask, values, agesMs);
  return { ...frame, values, agesMs };
}

/**
 * Creates a {@link maskFrame} for frames of so many tags that allocates nothing: a frame with cells taken out is lent, it is valid until
 * the next one.
 */
export function createFrameMask(tags: number): typeof maskFrame {
  const sheet = createFrameSheet(tags);
  return (frame, mask) => {
    if (!mask.includes(1)) return frame;
    const { timeMs, periodMs, values, agesMs, bad } = frame;
    sheet.values.set(values);
    sheet.agesMs.set(agesMs);
    if (bad) sheet.bad.set(bad);
    takeOut(mask, sheet.values, sheet.agesMs);
    return sheet.frameAt(timeMs, periodMs, bad !== undefined);
  };
}

function takeOut(mask: Uint8Array, values: Float64Array, agesMs: Float64Array): void {
  for (let tag = 0; tag < mask.length; tag += 1) {
    if (mask[tag] === 0) continue;
    values[tag] = Number.NaN;
    agesMs[tag] = Number.POSITIVE_INFINITY;
  }
}
