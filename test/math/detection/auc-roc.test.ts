import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aucRoc } from "../../../src/math/detection/auc-roc.ts";

const auc = (scores: number[], labels: number[]) =>
  aucRoc(Float64Array.from(scores), Uint8Array.from(labels));

const rows = fc.array(fc.record({ score: fc.integer({ min: -20, max: 20 }), label: fc.nat(1) }), {
  minLength: 1,
});

describe("the area under the ROC curve", () => {
  // roc_auc_score of scikit-learn 1.2.1
  it.each([
    { scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1], area: 0.75 },
    {
      scores: [3, 1, 2, 2, 5, 4, 2, 0],
      labels: [1, 0, 1, 0, 0, 1, 0, 0],
      area: 0.7333333333333333,
    },
    { scores: [1, 1, 1, 2, 2, 2, 3, 3], labels: [0, 1, 0, 1, 0, 1, 0, 1], area: 0.59375 },
    { scores: [9, 8, 7, 1, 2, 3], labels: [0, 0, 0, 1, 1, 1], area: 0 },
  ])("is $area, as scikit-learn says, for $scores", ({ scores, labels, area }) => {
    expect(auc(scores, labels)).toBeCloseTo(area, 12);
  });

  it("is the share of the pairs in the right order, ties counting half", () => {
    fc.assert(
      fc.property(rows, (run) => {
        const pairs = run
          .filter(({ label }) => label === 1)
          .flatMap((labelled) =>
            run
              .filter(({ label }) => label === 0)
              .map((normal) => (Math.sign(labelled.score - normal.score) + 1) / 2),
          );
        const share = pairs.reduce((sum, won) => sum + won, 0) / pairs.length;
        const area = auc(
          run.map(({ score }) => score),
          run.map(({ label }) => label),
        );
        if (pairs.length === 0) expect(area).toBeNaN();
        else expect(area).toBeCloseTo(share, 12);
      }),
    );
  });

  it("ranks a row that was not judged below every other", () => {
    expect(auc([Number.NaN, -5, 3], [1, 0, 0])).toBe(0);
    expect(auc([Number.NaN, -5, Number.NaN], [0, 1, 1])).toBe(0.75);
  });
});
