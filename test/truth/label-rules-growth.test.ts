import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Label } from "../../src/core/label.ts";
import { createLabelRules, type LabelRules } from "../../src/truth/label-rules.ts";
import { labelOf, modelOf, type SignedShares, scoreAt } from "./labelled.ts";

const rulesOf = (...labels: readonly Label[]): LabelRules =>
  createLabelRules({ machine: "pump", model: modelOf("1"), labels });

const mutedBy = (rules: LabelRules, shares: SignedShares): string | undefined =>
  rules.apply(scoreAt(0, 6, shares)).mutedBy;

describe("labels that come one after the other", () => {
  const tags = ["a", "b", "c", "d"];
  const shares = fc
    .tuple(...tags.map(() => fc.double({ min: -1, max: 1, noNaN: true })))
    .filter((parts) => parts.some((part) => Math.abs(part) > 0.1))
    .map((parts) => Object.fromEntries(tags.map((tag, place) => [tag, parts[place] ?? 0])));
  const said = fc.record({
    target: fc.constantFrom("e1", "e2", "e3", "e4"),
    verdict: fc.constantFrom("fault", "false-alarm", "maintenance", "unsure"),
    shares,
  });

  it("come to the same as all of them at once, also where some were taken back", () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), fc.array(shares), (history, windows) => {
        const labels = history.map(({ target, verdict, shares: own }, second) =>
          labelOf(target, verdict, { shares: own, atMs: second }),
        );
        const grown = rulesOf();
        for (const label of labels) {
          grown.learn(label);
          grown.apply(scoreAt(0, 6, { a: 1 }));
          grown.effects();
        }
        const whole = rulesOf(...labels);
        const voids = (rules: LabelRules) =>
          rules.effects().heldBack.map(({ label, isVoid }) => [label.id, isVoid]);
        expect(voids(grown)).toEqual(voids(whole));
        for (const own of windows) expect(mutedBy(grown, own)).toBe(mutedBy(whole, own));
      }),
    );
  });
});
