import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeInto } from "../../../src/math/normalizer.ts";
import { createRandom } from "../../../src/math/random.ts";
import { logError } from "../../../src/math/weighted-error.ts";
import { errorWeights, windowError } from "../../../src/math/window-error.ts";
import { createWindowKernel, type WindowKernel } from "../../../src/model/kernel/window-kernel.ts";
import { cardOf } from "./kernel-card.ts";

const CAPACITY = 3;
const shapes = fc.record({
  tags: fc.constantFrom(1, 2, 3, 4, 5, 8, 9, 17, 52),
  windowLength: fc.constantFrom(1, 2, 3, 4, 7, 32, 33, 64),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});
/** From what a clean signal moves by to what a broken one does. */
const sizes = fc.constantFrom(1e-6, 1e-2, 1, 50, 1e6);

describe("normalizing into a batch", () => {
  it("does as normalizeInto, whatever is unknown, clipped or has wandered, and leaves other places alone", () => {
    fc.assert(
      fc.property(shapes, sizes, fc.boolean(), fc.boolean(), (shape, size, wanders, isCounter) => {
        const card = cardOf(shape, { isCounter });
        const kernel = createWindowKernel(card, CAPACITY);
        const random = createRandom(shape.seed);
        const cells = shape.tags * shape.windowLength;
        const holes = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
        const values = Float64Array.from({ length: cells }, (_, cell) =>
          random.uniform() < 0.1
            ? (holes[cell % 3] as number)
            : (card.normalizer.center[cell % shape.tags] as number) + size * random.normal(),
        );
        const offsets = wanders
          ? Float64Array.from({ length: shape.tags }, () => random.normal())
          : undefined;
        const expected = new Float32Array(kernel.input.length).fill(7);
        const known = values.map((value) => (Number.isFinite(value) ? value : Number.NaN));
        normalizeInto(expected, cells, known, card.normalizer, offsets);

        kernel.input.fill(7);
        kernel.normalize(
          1,
          values,
          Float64Array.from({ length: shape.tags }, () => 1e3),
        );
        const unknown = kernel.normalize(1, values, offsets);

        expect(unknown).toBe(known.filter(Number.isNaN).length);
        expectClose(kernel.input, expected);
      }),
    );
  });

  it("reads windows where they lie in its room, and changes none of them", () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), (shape, isCounter) => {
        const kernel = createWindowKernel(cardOf(shape, { isCounter }), CAPACITY);
        const random = createRandom(shape.seed);
        const windows = kernel.room.map((values) => {
          values.forEach((_, cell) => {
            values[cell] = random.uniform() < 0.1 ? Number.POSITIVE_INFINITY : random.normal();
          });
          return values.slice();
        });
        expect(windows).toHaveLength(2 * CAPACITY);
        windows.forEach((values, place) => {
          const unknown = kernel.normalize(0, values);
          const expected = kernel.input.slice(0, values.length);
          kernel.input.fill(7);
          expect(kernel.normalize(0, kernel.room[place] ?? new Float64Array())).toBe(unknown);
          expect([...kernel.input.subarray(0, values.length)]).toEqual([...expected]);
        });
        expect(kernel.room).toEqual(windows);
      }),
    );
  });

  it("refuses what has no room: another window's place would be written to", () => {
    const kernel = createWindowKernel(cardOf({ tags: 2, windowLength: 4, seed: 1 }), CAPACITY);
    expect(() => kernel.normalize(CAPACITY, new Float64Array(8))).toThrow(RangeError);
    expect(() => kernel.normalize(0, new Float64Array(7))).toThrow(RangeError);
  });
});

describe("measuring a batch", () => {
  it("does as windowError, whatever counts", () => {
    fc.assert(
      fc.property(
        ...[shapes, sizes, sizes, fc.boolean(), fc.boolean()],
        (shape, size, residual, isWhitened, hasFrames) => {
          const card = cardOf(shape, { isWhitened, hasFrames });
          const kernel = createWindowKernel(card, CAPACITY);
          const random = createRandom(shape.seed);
          kernel.input.forEach((_, cell, input) => {
            input[cell] = size * random.normal();
            kernel.output[cell] = (input[cell] as number) + residual * random.normal();
          });
          kernel.measure(0, CAPACITY);
          for (let place = 0; place < CAPACITY; place += 1) expectMeasured(kernel, card, place);
        },
      ),
    );
  });

  it("spreads the shares evenly where nothing is off", () => {
    const card = cardOf({ tags: 5, windowLength: 6, seed: 2 }, { isWhitened: true });
    const kernel = createWindowKernel(card, CAPACITY);
    kernel.input.fill(0.5);
    kernel.output.fill(0.5);
    kernel.measure(0, 1);
    expect(kernel.means[0]).toBe(0);
    expect([...kernel.shares.subarray(0, 5)]).toEqual([0.2, 0.2, 0.2, 0.2, 0.2]);
  });

  it("measures those windows that it is told to", () => {
    const kernel = createWindowKernel(cardOf({ tags: 3, windowLength: 5, seed: 3 }), CAPACITY);
    kernel.output.fill(2);
    kernel.means.fill(-1);
    kernel.measure(1, 2);
    expect(() => kernel.measure(1, CAPACITY + 1)).toThrow(RangeError);
    expect([kernel.means[0], kernel.means[2]]).toEqual([-1, -1]);
    expect(kernel.means[1]).toBeGreaterThan(0);
  });

  it("loses no digits that matter in a long window", () => {
    const card = cardOf({ tags: 2, windowLength: 20_001, seed: 4 }, { hasFrames: true });
    const kernel = createWindowKernel(card, CAPACITY);
    kernel.input.fill(0.7);
    kernel.output.fill(0.1);
    kernel.measure(0, CAPACITY);
    for (let place = 0; place < CAPACITY; place += 1) expectMeasured(kernel, card, place);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "gives no number for a window that the network answered with %d, and for no other",
    (answer) => {
      fc.assert(
        fc.property(shapes, fc.nat(), fc.boolean(), (shape, anywhere, hasFrames) => {
          const kernel = createWindowKernel(cardOf(shape, { hasFrames }), CAPACITY);
          const cells = shape.tags * shape.windowLength;
          kernel.output[cells + (anywhere % cells)] = answer;
          kernel.measure(0, CAPACITY);
          expect([...kernel.means].map(Number.isFinite)).toEqual([true, false, true]);
        }),
      );
    },
  );

  it("takes correlations as close as calibration believes them", () => {
    const shape = { tags: 8, windowLength: 32, seed: 5 };
    const alike = Array.from({ length: 64 }, (_, cell) => (cell % 9 === 0 ? 1 : 0.99));
    const card = cardOf(shape, { isWhitened: true, covariance: Float64Array.from(alike) });
    const kernel = createWindowKernel(card, CAPACITY);
    const random = createRandom(5);
    for (let row = 0; row < 32 * CAPACITY; row += 1) {
      const common = 3 * random.normal();
      for (let cell = row * 8; cell < row * 8 + 8; cell += 1) {
        kernel.input[cell] = common + 0.1 * random.normal();
        kernel.output[cell] = 0.1 * random.normal();
      }
    }
    kernel.measure(0, CAPACITY);
    for (let place = 0; place < CAPACITY; place += 1) expectMeasured(kernel, card, place);
  });
});

function expectMeasured(kernel: WindowKernel, card: ReturnType<typeof cardOf>, place: number) {
  const [length, tags] = [card.windowLength, card.tags.length];
  const window = { offset: place * length * tags, length, tags };
  const raw = new Float64Array(length * tags);
  const weights = errorWeights(card.calibration);
  const { mean, shares } = windowError(kernel.input, kernel.output, raw, weights, window);
  expectClose([logError(kernel.means[place] as number)], [logError(mean)]); // what scores are made of
  expectClose(kernel.shares.subarray(place * tags, (place + 1) * tags), shares);
}

/** Within 1e-4 of a number, or of 1. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let at = 0; at < expected.length; at += 1) {
    const tolerance = 1e-4 * Math.max(1, Math.abs(expected[at] as number));
    const off = Math.abs((actual[at] as number) - (expected[at] as number));
    if (!(off <= tolerance)) expect(`${at}: ${actual[at]}`).toBe(`${at}: ${expected[at]}`);
  }
}
