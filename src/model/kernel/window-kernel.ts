import type { ModelCard } from "../../core/model-card.ts";
import { normalizeInto } from "../../math/normalizer.ts";
import { errorWeights, windowError } from "../../math/window-error.ts";

/** The arithmetic of scoring for one batch of windows, in memory that ONNX Runtime reads and writes directly. */
export interface WindowKernel {
  /** Windows that fit. */
  readonly capacity: number;
  /** Shape `[capacity, length, tags]`, normalized. A view of the kernel's memory. */
  readonly input: Float32Array;
  /** The same shape: where the network's answer goes. */
  readonly output: Float32Array;
  /** Normalizes a window into its place; unknown and infinite cells become 0. @returns how many cells are unknown */
  normalize(place: number, values: Float64Array, offsets?: Float64Array): number;
  /** Measures windows `from` to `to` (exclusive), whose cells are all known, against `output`. */
  measure(from: number, to: number): void;
  /** Shape `[capacity]`. */
  readonly means: Float64Array;
  /** Shape `[capacity, tags]`. */
  readonly shares: Float64Array;
}

export function createWindowKernel(
  card: Pick<ModelCard, "windowLength" | "tags" | "normalizer" | "calibration">,
  capacity: number,
): WindowKernel {
  const length = card.windowLength;
  const tags = card.tags.length;
  const cells = length * tags;
  const weights = errorWeights(card.calibration);
  const input = new Float32Array(capacity * cells);
  const output = new Float32Array(capacity * cells);
  const means = new Float64Array(capacity);
  const shares = new Float64Array(capacity * tags);
  const known = new Float64Array(cells);
  return {
    capacity,
    input,
    output,
    means,
    shares,
    normalize(place, values, offsets) {
      let unknown = 0;
      for (let cell = 0; cell < cells; cell += 1) if (!Number.isFinite(values[cell])) unknown += 1;
      const finite =
        unknown > 0 ? values.map((x) => (Number.isFinite(x) ? x : Number.NaN)) : values;
      normalizeInto(input, place * cells, finite, card.normalizer, offsets);
      return unknown;
    },
    measure(from, to) {
      for (let place = from; place < to; place += 1) {
        const offset = place * cells;
        const error = windowError(input, output, known, weights, { offset, length, tags });
        means[place] = error.mean;
        shares.set(error.shares, place * tags);
      }
    },
  };
}
