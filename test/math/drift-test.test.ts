import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SegmentMoments } from "../../src/math/drift-stretch.ts";
import { compareWithTraining, type TrainingMoments } from "../../src/math/drift-test.ts";

/** Inverse of a covariance of 1 on the diagonal and 0.9 beside it: three tags under one load. */
const PRECISION = inverse(0.9, 3);
const training: TrainingMoments = {
  tags: ["a", "b", "c"],
  precision: PRECISION,
  levelVariance: [0, 0, 0],
};

function inverse(correlation: number, tags: number): Float64Array {
  const own = 1 - correlation;
  const shared = correlation / (own * (own + tags * correlation));
  return Float64Array.from({ length: tags ** 2 }, (_, cell) =>
    cell % (tags + 1) === 0 ? 1 / own - shared : -shared,
  );
}

/** A day of 24 hours, each as it is told; quiet where nothing is said. */
function day(
  mean: (hour: number) => readonly number[],
  { spread = [1, 1, 1], score = 0 }: { spread?: readonly number[]; score?: number } = {},
): { readonly segments: readonly SegmentMoments[] } {
  const segments = Array.from({ length: 24 }, (_, hour) => ({
    rows: 360,
    mean: Float64Array.from(mean(hour)),
    variance: Float64Array.from(spread, (one, tag) => one ** 2 / (PRECISION[tag * 4] as number)),
    score,
  }));
  return { segments };
}

const small = (hour: number): number => 0.01 * Math.sin(hour);

describe("a stretch beside training", () => {
  it("has not drifted when the load alone is another one", () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (load) => {
        const found = compareWithTraining(
          day((hour) => [load + small(hour), load - small(hour), load]),
          training,
          false,
        );
        expect(found).toMatchObject({ hasMoved: false, moved: [] });
      }),
    );
  });

  it("names the tag that moved, and how far, whatever the load", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: 1.5, max: 20, noNaN: true }),
        fc.nat(2),
        fc.boolean(),
        (load, far, tag, isUp) => {
          const shift = isUp ? far : -far;
          const found = compareWithTraining(
            day((hour) => [0, 1, 2].map((one) => load + small(hour) + (one === tag ? shift : 0))),
            training,
            false,
          );
          expect(found.moved.map((one) => one.tag)).toEqual([training.tags[tag]]);
          expect(Math.abs((found.moved[0]?.shift ?? 0) - shift)).toBeLessThan(0.5);
        },
      ),
    );
  });

  it("names two tags that moved", () => {
    const found = compareWithTraining(
      day(() => [5, 0, -3]),
      training,
      false,
    );
    expect(found.moved.map(({ tag }) => tag)).toEqual(["a", "c"]);
  });

  it("needs more where training has seen little of the level", () => {
    const moved = day(() => [2, 0, 0]);
    const unsure = { ...training, levelVariance: [1e6, 0, 0] };
    expect(compareWithTraining(moved, training, false).hasMoved).toBe(true);
    expect(compareWithTraining(moved, unsure, false).hasMoved).toBe(false);
  });

  it("needs more where the level goes up and down within the stretch", () => {
    const wandering = day((hour) => [1.2 + 6 * Math.sin((2 * Math.PI * hour) / 24), 0, 0]);
    expect(compareWithTraining(wandering, training, false).hasMoved).toBe(false);
  });

  it("has drifted when a tag is twice as noisy, or scores are high for most of it", () => {
    const noisy = compareWithTraining(
      day(() => [0, 0, 0], { spread: [1, 2.1, 1] }),
      training,
      false,
    );
    expect(noisy.moved).toMatchObject([{ tag: "b", spread: expect.closeTo(2.1) }]);
    const strange = compareWithTraining(
      day(() => [0, 0, 0], { score: 1.6 }),
      training,
      false,
    );
    expect(strange).toMatchObject({ hasMoved: true, moved: [], scoreShift: 1.6 });
  });

  it("goes on a little below where it began", () => {
    const nearly = day(() => [0, 0, 0], { spread: [1.8, 1, 1] });
    expect(compareWithTraining(nearly, training, false).hasMoved).toBe(false);
    expect(compareWithTraining(nearly, training, true).hasMoved).toBe(true);
  });
});
