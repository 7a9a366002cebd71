import type { ModelCard } from "../../core/model-card.ts";
import { normalizeInto } from "../../math/normalizer.ts";
import { startKernel } from "./start-kernel.ts";
import { writeWeights } from "./write-weights.ts";

/** The arithmetic of scoring for one batch of windows, in memory that ONNX Runtime reads and writes directly. */
export interface WindowKernel {
  /** Windows that fit. */
  readonly capacity: number;
  /** Shape `[capacity, length, tags]`, normalized. A view of the kernel's memory. */
  readonly input: Float32Array;
  /** The same shape: where the network's answer goes. */
  readonly output: Float32Array;
  /** Room for the values of windows that are to be normalized, each of shape `[length, tags]`: what lies here is read without a copy. */
  readonly room: readonly Float64Array[];
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
   * As `windowError` does, in float32: means to within about 1e-4 of themselves, shares of 1. A number that is not finite in
   * `output` makes the mean not finite, and so does a residual beyond 1e19 times its usual size.
   *
   * @throws RangeError when there are no such windows
   */
  measure(from: number, to: number): void;
  /** Shape `[capacity]`: as `windowError(...).mean`. */
  readonly means: Float64Array;
  /** Shape `[capacity, tags]`: as `windowError(...).shares`. */
  readonly shares: Float64Array;
}

/** What a kernel needs to know of a model. */
export type KernelCard = Pick<ModelCard, "windowLength" | "tags" | "normalizer" | "calibration">;

/** Windows that there is room for while they wait, beside each that fits: some wait while others are in a run. */
const WAITING = 2;

/** @param capacity windows that fit, above zero; each takes 24 bytes a cell, where it is used */
export function createWindowKernel(card: KernelCard, capacity: number): WindowKernel {
  const { windowLength, tags, normalizer, calibration } = card;
  const { center, scale, clip, differenced } = normalizer;
  const cells = windowLength * tags.length;
  const waiting = WAITING * capacity;
  const { code, floats, doubles } = startKernel(capacity, windowLength, tags.length, waiting);
  const input = floats("input", capacity * cells);
  const values = doubles("values", cells);
  const pattern = code.pattern.value;
  const factors = doubles("factors", 2 * pattern);
  const apart = code.apart.value;
  const allRoom = doubles("room", waiting * apart);
  const room = Array.from({ length: waiting }, (_, place) =>
    allRoom.subarray(place * apart, place * apart + cells),
  );
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

  /** Where the values are, or a copy of them. */
  const addressOf = (given: Float64Array): number => {
    if (given.buffer === allRoom.buffer) return given.byteOffset;
    values.set(given);
    return values.byteOffset;
  };

  return {
    capacity,
    input,
    room,
    output: floats("output", capacity * cells),
    means: doubles("means", capacity),
    shares: doubles("shares", capacity * tags.length),
    normalize(place, given, offsets) {
      if (!(place >= 0 && place < capacity) || given.length !== cells) {
        throw new RangeError(
          `no place ${place} for ${given.length} cells in ${capacity} x ${cells}`,
        );
      }
      if (differenced === undefined) {
        shiftBy(offsets);
        return code.normalize(place, addressOf(given), clip);
      }
      values.set(given);
      const unknown = forgetInfinite(values);
      normalizeInto(input, place * cells, values, normalizer, offsets);
      return unknown;
    },
    measure(from, to) {
      if (!(from >= 0 && to <= capacity)) {
        throw new RangeError(`no windows ${from} to ${to} in ${capacity}`);
      }
      code.measure(from, to, hasFrames ? 1 : 0);
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
