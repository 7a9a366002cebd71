import type { ModelCard } from "../../core/model-card.ts";
import { normalizeInto } from "../../math/normalizer.ts";
import { choleskyFactor } from "../../math/shrunk-covariance.ts";
import { errorWeights } from "../../math/window-error.ts";
import { type KernelMemory, startKernel } from "./start-kernel.ts";

/** The arithmetic of scoring for one batch of windows, in memory that ONNX Runtime reads and writes directly. */
export interface WindowKernel {
  /** Windows that fit. */
  readonly capacity: number;
  /** Shape `[capacity, length, tags]`, normalized. A view of the kernel's memory. */
  readonly input: Float32Array;
  /** The same shape: where the network's answer goes. */
  readonly output: Float32Array;
  /**
   * Normalizes a window into its place, as `normalizeInto` does; a cell that is unknown or infinite becomes 0.
   *
   * @param values shape `[length, tags]`, engineering units
   * @param offsets shape `[tags]`: how far the levels have wandered from the center, engineering units
   * @returns how many cells are unknown or infinite
   * @throws RangeError when the window or its place is none of this kernel's
   */
  normalize(place: number, values: Float64Array, offsets?: Float64Array): number;
  /**
   * Measures windows `from` to `to` (exclusive), whose cells are all known, against `output`.
   *
   * As `windowError` does, in float32: to within about 1e-4 of a result, or of 1 where that is less. A number that is not finite
   * in `output` makes the mean not finite, and so does a residual beyond 1e19 times its usual size.
   */
  measure(from: number, to: number): void;
  /** Shape `[capacity]`: as `windowError(...).mean`. */
  readonly means: Float64Array;
  /** Shape `[capacity, tags]`: as `windowError(...).shares`. */
  readonly shares: Float64Array;
}

/** What a kernel needs to know of a model. */
export type KernelCard = Pick<ModelCard, "windowLength" | "tags" | "normalizer" | "calibration">;

/** @param capacity windows that fit, above zero; each takes 8 bytes a cell */
export function createWindowKernel(card: KernelCard, capacity: number): WindowKernel {
  const { windowLength, tags, normalizer, calibration } = card;
  const { center, scale, clip, differenced } = normalizer;
  const cells = windowLength * tags.length;
  const { code, floats, doubles } = startKernel(capacity, windowLength, tags.length);
  const input = floats("input", capacity * cells);
  const values = doubles("values", cells);
  const pattern = code.pattern.value;
  const factors = doubles("factors", 2 * pattern);
  const hasFrames = writeWeights(floats, calibration, tags.length);
  for (let cell = 0; cell < pattern; cell += 1) {
    factors[placeOf(cell) + 2] = 1 / (scale[cell % tags.length] as number);
  }
  let isShifted = true;

  /** Levels that wandered are taken for the center. */
  const shiftBy = (offsets: Float64Array | undefined): void => {
    if (offsets === undefined && !isShifted) return;
    for (let cell = 0, tag = 0; cell < pattern; cell += 1) {
      factors[placeOf(cell)] = (center[tag] as number) + (offsets?.[tag] ?? 0);
      tag = tag + 1 === tags.length ? 0 : tag + 1;
    }
    isShifted = offsets !== undefined;
  };

  return {
    capacity,
    input,
    output: floats("output", capacity * cells),
    means: doubles("means", capacity),
    shares: doubles("shares", capacity * tags.length),
    normalize(place, given, offsets) {
      if (!(place < capacity) || given.length !== cells) {
        throw new RangeError(
          `no place ${place} for ${given.length} cells in ${capacity} x ${cells}`,
        );
      }
      values.set(given);
      if (differenced === undefined) {
        shiftBy(offsets);
        return code.normalize(place, clip);
      }
      const unknown = forgetInfinite(values);
      normalizeInto(input, place * cells, values, normalizer, offsets);
      return unknown;
    },
    measure(from, to) {
      code.measure(from, Math.min(to, capacity), hasFrames ? 1 : 0);
    },
  };
}

/** Two cells, then the factors of both. */
function placeOf(cell: number): number {
  return 2 * cell - (cell & 1);
}

/** @returns how many cells are not known, then */
function forgetInfinite(values: Float64Array): number {
  let unknown = 0;
  for (let cell = 0; cell < values.length; cell += 1) {
    if (Number.isFinite(values[cell])) continue;
    values[cell] = Number.NaN;
    unknown += 1;
  }
  return unknown;
}

/**
 * Every distance is a sum of squares of a matrix times a row: the roomy one by its triangular factor, that of a tag by its row of
 * the precision in units of the usual size.
 *
 * @returns whether frames count
 */
function writeWeights(
  floats: KernelMemory["floats"],
  calibration: ModelCard["calibration"],
  tags: number,
): boolean {
  const { whitening, frames } = errorWeights(calibration);
  const write = (name: "whitening" | "precision" | "roomy", cell: CellOf): void => {
    const blocks = floats(name, Math.ceil(tags / 8) * 8 * tags);
    for (let row = 0; row < tags; row += 1) {
      for (let column = 0; column < tags; column += 1) {
        blocks[((row >> 3) * tags + column) * 8 + (row & 7)] = cell(row, column);
      }
    }
  };
  write("whitening", (row, column) => whitening[row * tags + column] as number);
  if (frames === undefined) return false;
  const { precision, roomyPrecision } = frames;
  const factor = choleskyFactor(roomyPrecision, tags);
  write("roomy", (row, column) => factor[column * tags + row] as number);
  write("precision", (row, column) => {
    const own = precision[row * (tags + 1)] as number;
    return (precision[row * tags + column] as number) / Math.sqrt(own);
  });
  return true;
}

type CellOf = (row: number, column: number) => number;
