import type { Normalizer } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { moments, quantile } from "./statistics.ts";
import { describeTag, type TagNature } from "./tag-nature.ts";

/** A tag that hardly moves is scaled by at least this share of its physical range. */
const RANGE_FLOOR = 0.002;
/** ... and by at least this share of its own size. */
const SIZE_FLOOR = 0.001;
/** A tag that never moved off zero: what counts as one unit then. */
const ZERO_FLOOR = 0.1;

export interface NormalizerOptions {
  readonly kind: Normalizer["kind"];
  readonly clip: number;
  /**
   * Shape `[tags]`: what kind of tag each one is.
   * @defaultValue told from the frames
   */
  readonly natures?: readonly TagNature[];
}

/**
 * Measures center and scale of every tag.
 *
 * With `auto`, counters are differenced, and all others moved and scaled by mean and standard deviation: where a tag strays far at
 * times, that is part of its spread. A tag that is constant in
 * training gets a floor instead of a zero scale, so that its first change is strange but not infinitely so.
 *
 * @param frames shape `[rows, tags]`; `NaN` cells are left out
 */
export function fitNormalizer(
  frames: Float64Array,
  tags: readonly Tag[],
  { kind, clip, natures = describeTags(frames, tags.length) }: NormalizerOptions,
): Normalizer {
  const center: number[] = [];
  const scale: number[] = [];
  const isCounter = natures.map((nature) => kind === "auto" && nature.kind === "counter");
  tags.forEach((tag, column) => {
    const cells = isCounter[column]
      ? knownSteps(frames, tags.length, column)
      : knownCells(frames, tags.length, column);
    const { middle, spread } = kind === "robust" ? robust(cells.sort()) : standard(cells);
    center.push(middle);
    scale.push(Math.max(spread, scaleFloor(tag, middle)));
  });
  return { kind, center, scale, clip, ...(isCounter.includes(true) && { differenced: isCounter }) };
}

/** What kind of tag each column of the frames is. */
export function describeTags(frames: Float64Array, tags: number): TagNature[] {
  return Array.from({ length: tags }, (_, column) => describeTag(knownCells(frames, tags, column)));
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

/** Changes from one row to the next, upwards: a counter that starts over says nothing. */
function knownSteps(frames: Float64Array, tags: number, column: number): Float64Array {
  const steps: number[] = [];
  for (let cell = column + tags; cell < frames.length; cell += tags) {
    const step = (frames[cell] as number) - (frames[cell - tags] as number);
    if (step >= 0) steps.push(step);
  }
  return Float64Array.from(steps);
}

function standard(values: Float64Array): { middle: number; spread: number } {
  if (values.length === 0) return { middle: 0, spread: 0 };
  const { mean, deviation } = moments(values);
  return { middle: mean, spread: deviation };
}

/** Median and interquartile range / 1.349, which is the standard deviation of a normal distribution. */
function robust(sorted: Float64Array): { middle: number; spread: number } {
  if (sorted.length === 0) return { middle: 0, spread: 0 };
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
 * The first row of a differenced tag has nothing before it, and repeats the second; a counter that starts over counts as unchanged.
 *
 * @param values shape `[rows, tags]`, engineering units: one window, as differences reach across rows
 * @param target filled with as many cells as `values` has
 * @param offsets shape `[tags]`: how far the levels have wandered from the center, engineering units
 */
export function normalizeInto(
  target: Float32Array,
  offset: number,
  values: Float64Array,
  normalizer: Normalizer,
  offsets?: Float64Array,
): void {
  const { differenced } = normalizer;
  const tags = normalizer.center.length;
  for (let cell = 0, tag = 0; cell < values.length; cell += 1) {
    const x = differenced?.[tag]
      ? stepAt(values, cell, tags)
      : (values[cell] as number) - (offsets?.[tag] ?? 0);
    target[offset + cell] = normalized(x, tag, normalizer);
    tag = tag + 1 === tags ? 0 : tag + 1;
  }
}

/** One value of a tag, or its change: moved, scaled and clipped; 0, the center, where it is unknown. */
export function normalized(x: number, tag: number, { center, scale, clip }: Normalizer): number {
  const value = (x - (center[tag] as number)) / (scale[tag] as number);
  return Number.isNaN(value) ? 0 : Math.min(clip, Math.max(-clip, value));
}

/** Change of a counter since the row before. */
export function stepAt(values: Float64Array, cell: number, tags: number): number {
  const at = cell < tags ? cell + tags : cell;
  const step = (values[at] as number) - (values[at - tags] as number);
  return Math.max(step, 0);
}
