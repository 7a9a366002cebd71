import { rowProduct } from "./row-product.ts";
import { choleskyInverse } from "./shrunk-covariance.ts";
import type { WindowPlace } from "./weighted-error.ts";

/** How far the frames of a window are from normal ones. */
export interface FrameDistance {
  /** Mean squared Mahalanobis distance of a frame per tag, with room for levels: 1 or less is usual; an unknown cell counts as usual. */
  readonly mean: number;
  /**
   * Shape `[tags]`: squared distance of each tag from what the other tags of its frame let expect, in units of its usual size, summed over the frames, without that room. It is the
   * reconstruction-based contribution to the Mahalanobis distance (Alcala and Qin 2009), which is highest for the tag of a single faulty sensor.
   */
  readonly byTag: Float64Array;
}

/** What frames are measured by: both of shape `[tags, tags]`. */
export interface FrameWeights {
  /** The inverse covariance of normal frames. */
  readonly precision: Float64Array;
  /** The same, with room for levels that nobody knows well. */
  readonly roomyPrecision: Float64Array;
}

/** @param levelVariance shape `[tags]`: what is added to the variance of each tag */
export function frameWeights(
  precision: Float64Array,
  levelVariance: readonly number[],
): FrameWeights {
  const tags = levelVariance.length;
  const covariance = choleskyInverse(precision, tags);
  levelVariance.forEach((added, tag) => {
    covariance[tag * (tags + 1)] = (covariance[tag * (tags + 1)] as number) + added;
  });
  return { precision, roomyPrecision: choleskyInverse(covariance, tags) };
}

/**
 * Measures how far frames are from normal ones, whatever a network makes of them: a network that reconstructs a value well
 * that was never seen has no residual there.
 *
 * @param input normalized windows
 * @param raw shape `[length, tags]`: the window in engineering units; its `NaN` cells are unknown and take no part
 */
export function frameDistance(
  input: Float32Array,
  raw: ArrayLike<number>,
  { precision, roomyPrecision }: FrameWeights,
  { offset, length, tags }: WindowPlace,
): FrameDistance {
  const byTag = new Float64Array(tags);
  const frame = new Float64Array(tags);
  let sum = 0;
  for (let row = 0; row < length; row += 1) {
    const first = row * tags;
    for (let tag = 0; tag < tags; tag += 1) frame[tag] = input[offset + first + tag] as number;
    for (let tag = 0; tag < tags; tag += 1) {
      if (Number.isNaN(raw[first + tag])) {
        sum += 1;
        continue;
      }
      sum += rowProduct(roomyPrecision, tag, frame) * (frame[tag] as number);
      const own = precision[tag * (tags + 1)] as number;
      byTag[tag] = (byTag[tag] as number) + rowProduct(precision, tag, frame) ** 2 / own;
    }
  }
  return { mean: Math.max(0, sum / (length * tags)), byTag };
}
