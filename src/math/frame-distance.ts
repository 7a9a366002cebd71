import { rowProduct } from "./row-product.ts";
import type { WindowPlace } from "./weighted-error.ts";

/** How far the frames of a window are from normal ones. */
export interface FrameDistance {
  /** Mean squared Mahalanobis distance of a frame per tag: 1 or less is usual; an unknown cell counts as usual. */
  readonly mean: number;
  /**
   * Shape `[tags]`: squared distance of each tag from what the other tags of its frame let expect, in units of its usual size, summed over the frames. It is the
   * reconstruction-based contribution to the Mahalanobis distance (Alcala and Qin 2009), which is highest for the tag of a single faulty sensor.
   */
  readonly byTag: Float64Array;
}

/**
 * Measures how far frames are from normal ones, whatever a network makes of them: a network that reconstructs a value well
 * that was never seen has no residual there.
 *
 * @param input normalized windows
 * @param raw shape `[length, tags]`: the window in engineering units; its `NaN` cells are unknown and take no part
 * @param precision shape `[tags, tags]`: the inverse covariance of normal frames
 */
export function frameDistance(
  input: Float32Array,
  raw: ArrayLike<number>,
  precision: Float64Array,
  { offset, length, tags }: WindowPlace,
): FrameDistance {
  const byTag = new Float64Array(tags);
  const frame = new Float64Array(tags);
  let sum = 0;
  for (let row = 0; row < length; row += 1) {
    const first = row * tags;
    for (let tag = 0; tag < tags; tag += 1) frame[tag] = input[offset + first + tag] as number;
    for (let tag = 0; tag < tags; tag += 1) {
      const pull = rowProduct(precision, tag, frame);
      const isKnown = !Number.isNaN(raw[first + tag]);
      sum += isKnown ? pull * (frame[tag] as number) : 1;
      if (!isKnown) continue;
      byTag[tag] = (byTag[tag] as number) + pull ** 2 / (precision[tag * (tags + 1)] as number);
    }
  }
  return { mean: Math.max(0, sum / (length * tags)), byTag };
}
