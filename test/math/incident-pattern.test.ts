import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Contribution } from "../../src/core/score.ts";
import { directionsOf, patternOf, similarity } from "../../src/math/incident-pattern.ts";

/** A tag with its share of the score, negative where it is too low. */
const part = (tag: string, signedShare: number): Contribution => ({
  tag,
  share: Math.abs(signedShare),
  actual: 10 + Math.sign(signedShare),
  expected: 10,
});
const pattern = (...parts: readonly Contribution[]) => patternOf(parts, 6, 3);
const cosine = (a: ReturnType<typeof pattern>, b: ReturnType<typeof pattern>): number =>
  similarity(a, directionsOf(b));

const anyPattern = fc
  .array(fc.tuple(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.boolean()), {
    minLength: 3,
    maxLength: 3,
  })
  .map((parts) => {
    const sum = parts.reduce((total, [share]) => total + share, 0);
    return parts.map(([share, isHigh], place) =>
      part(`tag-${place}`, ((isHigh ? 1 : -1) * share) / sum),
    );
  });

describe("the pattern of an incident", () => {
  it("has the root of each share, negative where the tag was lower than expected", () => {
    const { tags, direction } = pattern(part("flow", -0.64), part("speed", 0.36));
    expect(tags).toEqual(["flow", "speed"]);
    expect(direction).toEqual([-0.8, 0.6]);
  });

  it("does not guess the direction of a tag that was not measured", () => {
    const unknown = { ...part("flow", 0.64), actual: Number.NaN };
    expect(pattern(unknown, part("speed", 0.36)).direction).toEqual([0, 0.6]);
  });

  it("is the same whatever the order of the tags", () => {
    fc.assert(
      fc.property(anyPattern, (parts) => {
        expect(cosine(pattern(...parts), pattern(...parts.toReversed()))).toBeCloseTo(1, 9);
      }),
    );
  });

  it("is as similar to another one as that is to it", () => {
    fc.assert(
      fc.property(anyPattern, anyPattern, (one, other) => {
        const [there, back] = [
          cosine(pattern(...one), pattern(...other)),
          cosine(pattern(...other), pattern(...one)),
        ];
        expect(there).toBeCloseTo(back, 9);
        expect(Math.abs(there)).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it("is opposite where what was too high is too low", () => {
    const all = cosine(
      pattern(part("flow", 0.5), part("speed", 0.5)),
      pattern(part("flow", -0.5), part("speed", -0.5)),
    );
    expect(all).toBeCloseTo(-1);
  });

  it("differs by the tags that only one model knows", () => {
    const all = cosine(
      pattern(part("flow", 0.36), part("vibration", 0.64)),
      pattern(part("flow", 1)),
    );
    expect(all).toBeCloseTo(0.6);
  });
});
