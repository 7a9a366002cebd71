import type { Normalizer } from "../../core/model-card.ts";

/** Per-tag scaling that a foreign model was trained with: `(x - center) / scale`, x in the tag's unit. */
export interface Scaler {
  /** Shape `[tags]`, in the tag's unit. */
  readonly center: readonly number[];
  /** Shape `[tags]`, in the tag's unit; above zero. */
  readonly scale: readonly number[];
}

/** From our normalized values to those that a foreign graph takes: `x * factor + offset`, each of shape `[tags]`. */
export interface Rescaling {
  readonly factor: Float32Array;
  readonly offset: Float32Array;
}

/** What turns values that `ours` has normalized into values as `theirs` would have normalized them. */
export function rescalingBetween(ours: Normalizer, theirs: Scaler): Rescaling {
  const each = (compute: (tag: number) => number): Float32Array =>
    Float32Array.from(ours.center, (_, tag) => compute(tag) / (theirs.scale[tag] as number));
  return {
    factor: each((tag) => ours.scale[tag] as number),
    offset: each((tag) => (ours.center[tag] as number) - (theirs.center[tag] as number)),
  };
}

/** Normalized windows, shape `[n, length, tags]`, as the foreign graph takes them. */
export function rescale(windows: Float32Array, { factor, offset }: Rescaling): Float32Array {
  const tags = factor.length;
  return windows.map(
    (value, cell) => value * (factor[cell % tags] as number) + (offset[cell % tags] as number),
  );
}
