import type { FrameWindow } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import type { Deviation } from "../../math/window-result.ts";

/** Normalized windows and their reconstructions, one after the other. */
export interface Reconstructed {
  readonly input: Float32Array;
  readonly output: Float32Array;
  /** Where the window begins in both. */
  readonly offset: number;
}

/** Says of each tag how far it is off, and what was expected where it is off the most. */
export function deviationsOf(
  { tags, normalizer: { center, scale, differenced }, calibration: { residualScale } }: ModelCard,
  window: FrameWindow,
  worstRows: Uint32Array,
  reconstructed: Reconstructed,
): Deviation[] {
  const { values, offsets } = window;
  const { output, offset } = reconstructed;
  return tags.map(({ name }, tag) => {
    const cell = (worstRows[tag] as number) * tags.length + tag;
    const before = cell < tags.length ? cell : cell - tags.length;
    const level = differenced?.[tag] ? (values[before] as number) : (offsets?.[tag] ?? 0);
    const normalized = output[offset + cell] as number;
    return {
      tag: name,
      actual: values[cell] as number,
      expected: normalized * (scale[tag] as number) + (center[tag] as number) + level,
      deviation: deviationOf(tag, residualScale[tag] as number, window, reconstructed),
    };
  });
}

/** The farther one of two means over the measured rows: of the residuals, in units of `residualScale`, and of the values. */
function deviationOf(
  tag: number,
  residualScale: number,
  { values, tags }: FrameWindow,
  { input, output, offset }: Reconstructed,
): number {
  let [away, off, rows] = [0, 0, 0];
  for (let cell = tag; cell < values.length; cell += tags) {
    if (Number.isNaN(values[cell])) continue;
    const value = input[offset + cell] as number;
    away += value;
    off += (value - (output[offset + cell] as number)) / residualScale;
    rows += 1;
  }
  return (Math.abs(away) > Math.abs(off) ? away : off) / rows;
}
