import type { Normalizer } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { moments, quantile } from "./statistics.ts";

/** A tag that hardly moves is scaled by at least this share of its physical range. */
const RANGE_FLOOR = 0.002;
/** ... and by at least this share of its own size. */
const SIZE_FLOOR = 0.001;
/** A tag that never moved off zero: what counts as one unit then. */
const ZERO_FLOOR = 0.1;

export interface NormalizerOptions {
  readonly kind: Normalizer["kind"];
  readonly clip: number;
}

/**
 * Measures center and scale of every tag.
 *
 * A tag that is constant in training gets a floor instead of a zero scale, so that its first change is
 * strange but not infinitely so.
 *
 * @param frames shape `[rows, tags]`; `NaN` cells are left out
 */
export function fitNormalizer(
  frames: Float64Array,
  tags: readonly Tag[],
  { kind, clip }: NormalizerOptions,
): Normalizer {
  const center: number[] = [];
  const scale: number[] = [];
  tags.forEach((tag, column) => {
    const values = knownCells(frames, tags.length, column);
    const { middle, spread } = kind === "standard" ? standard(values) : robust(values.sort());
    center.push(middle);
    scale.push(Math.max(spread, scaleFloor(tag, middle)));
  });
  return { kind, center, scale, clip };
}

function knownCells(frames: Float64Array, tags: number, column: number): Float64Array {
  const cells = new Float64Array(Math.ceil(frames.length / tags));
  let known = 0;
  for (let cell = column; cell < frames.length; cell += tags) {
    const value = frames[cell] as number;
    if (!Number.isNaN(value)) cells[known++] = value;
  }
  return cells.subarray(0, known);
}

function standard(values: Float64Array): { middle: number; spread: number } {
  const { mean, deviation } = moments(values);
  return { middle: mean, spread: deviation };
}

/** Median and interquartile range / 1.349, which is the standard deviation of a normal distribution. */
function robust(sorted: Float64Array): { middle: number; spread: number } {
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.349;
  return { middle: quantile(sorted, 0.5), spread };
}

function scaleFloor({ range }: Tag, middle: number): number {
  const ofSize = Math.abs(middle) * SIZE_FLOOR;
  if (range !== undefined) return Math.max((range[1] - range[0]) * RANGE_FLOOR, ofSize);
  return middle === 0 ? ZERO_FLOOR : ofSize;
}

/**
 * Writes normalized values into `target` from `offset` on; an unknown cell becomes 0, the center.
 *
 * @param values shape `[rows, tags]`, engineering units
 * @param target filled with as many cells as `values` has
 */
export function normalizeInto(
  target: Float32Array,
  offset: number,
  values: Float64Array,
  { center, scale, clip }: Normalizer,
): void {
  const tags = center.length;
  for (let cell = 0, tag = 0; cell < values.length; cell += 1) {
    const value = ((values[cell] as number) - (center[tag] as number)) / (scale[tag] as number);
    target[offset + cell] = Number.isNaN(value) ? 0 : Math.min(clip, Math.max(-clip, value));
    tag = tag + 1 === tags ? 0 : tag + 1;
  }
}
