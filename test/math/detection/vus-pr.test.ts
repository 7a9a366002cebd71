import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vusPr } from "../../../src/math/detection/vus-pr.ts";

/** The linear congruential generator of the C standard: the same numbers in every language. */
function createNumbers(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 1_103_515_245n + 12_345n) % 2_147_483_648n;
    return Number(state) / 2_147_483_648;
  };
}

interface Case {
  readonly rows: number;
  readonly events: readonly (readonly [from: number, before: number])[];
  /** How much higher labelled rows score. */
  readonly lift: number;
  readonly seed: number;
  readonly tolerance: number;
  /** Scores are cut to this many steps per unit, so that many tie. */
  readonly steps?: number;
}

function volume({ rows, events, lift, seed, tolerance, steps }: Case): number {
  const next = createNumbers(seed);
  const labels = new Uint8Array(rows);
  for (const [from, before] of events) labels.fill(1, from, before);
  const scores = Float64Array.from(labels, (label) => {
    const score = next() + lift * label;
    return steps === undefined ? score : Math.floor(score * steps) / steps;
  });
  return vusPr(scores, labels, tolerance);
}

const scoresAndLabels = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 30 }), label: fc.nat(1) }), {
    minLength: 2,
    maxLength: 60,
  })
  .map((rows) => ({
    scores: Float64Array.from(rows, ({ score }) => score),
    labels: Uint8Array.from([1, ...rows.slice(1).map(({ label }) => label)]),
  }));

describe("the volume under the surface of precision, recall and tolerance", () => {
  // computed in Python from the definition, threshold by threshold and row by row
  it.each<Case & { expected: number }>([
    {
      rows: 600,
      events: [
        [50, 90],
        [200, 205],
        [400, 470],
      ],
      lift: 0.4,
      seed: 1,
      tolerance: 20,
      expected: 0.601864682471543,
    },
    {
      rows: 600,
      events: [
        [0, 30],
        [40, 60],
        [590, 600],
      ], // at both ends, and with shoulders that meet
      lift: 0.2,
      seed: 2,
      tolerance: 31,
      expected: 0.42046287545722477,
    },
    {
      rows: 300,
      events: [
        [100, 140],
        [150, 160],
      ],
      lift: 0.5,
      seed: 3,
      steps: 8,
      tolerance: 16,
      expected: 0.7262992950403375,
    },
    { rows: 10, events: [[4, 6]], lift: 0, seed: 4, tolerance: 4, expected: 0.2981874314201237 },
  ])("is $expected for $events of $rows rows", ({ expected, ...run }) => {
    expect(volume(run)).toBeCloseTo(expected, 10);
  });

  it("is the average precision when no tolerance is given", () => {
    // reached first: a normal row, then both labelled ones at once, then the rest
    const scores = Float64Array.of(1, 3, 2, 2, 0);
    const labels = Uint8Array.of(0, 0, 1, 1, 0);

    expect(vusPr(scores, labels, 0)).toBeCloseTo(2 / 3, 12);
  });

  it("is 1 for a score that equals the label", () => {
    const labels = Uint8Array.from({ length: 500 }, (_, row) => +(row % 100 > 80));

    expect(vusPr(Float64Array.from(labels), labels, 0)).toBe(1);
  });

  it("does not depend on the scale of the scores", () => {
    fc.assert(
      fc.property(scoresAndLabels, fc.nat(9), ({ scores, labels }, tolerance) => {
        const stretched = scores.map((score) => Math.exp(score / 3) - 100);

        expect(vusPr(stretched, labels, tolerance)).toBe(vusPr(scores, labels, tolerance));
      }),
    );
  });

  it("stays within 0 and 1", () => {
    fc.assert(
      fc.property(scoresAndLabels, fc.nat(20), ({ scores, labels }, tolerance) => {
        const area = vusPr(scores, labels, tolerance);

        expect(area).toBeGreaterThanOrEqual(0);
        expect(area).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it("forgives an alarm that is a little early, the less the earlier", () => {
    const labels = new Uint8Array(400).fill(1, 200, 240);
    const early = [0, 5, 10, 40].map((rows) => {
      const scores = new Float64Array(400).fill(1, 200 - rows, 240 - rows);
      return vusPr(scores, labels, 20);
    });

    expect(early).toEqual(early.toSorted((a, b) => b - a));
    expect(new Set(early).size).toBe(early.length);
  });

  it("ranks a row that was not judged below every other", () => {
    const labels = Uint8Array.of(0, 1, 0, 0);

    expect(vusPr(Float64Array.of(3, Number.NaN, 2, 1), labels, 0)).toBe(
      vusPr(Float64Array.of(3, 0, 2, 1), labels, 0),
    );
  });
});
