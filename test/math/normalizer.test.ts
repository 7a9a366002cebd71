import { describe, expect, it } from "vitest";
import { fitNormalizer, normalizeInto } from "../../src/math/normalizer.ts";

const tags = [{ name: "a" }, { name: "b" }];
const normalize = (values: readonly number[], kind: "standard" | "robust", clip = 10): number[] => {
  const frames = Float64Array.from(values);
  const target = new Float32Array(frames.length);
  normalizeInto(target, 0, frames, fitNormalizer(frames, tags, { kind, clip }));
  return [...target];
};

describe("normalizer", () => {
  it("gives every tag zero mean and unit spread", () => {
    expect(normalize([1, 100, 3, 300], "standard")).toEqual([-1, -1, 1, 1]);
  });

  it("is not moved by outliers when it is robust", () => {
    const column = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 1e9]);
    const { center, scale } = fitNormalizer(column, [{ name: "a" }], { kind: "robust", clip: 10 });
    expect(center).toEqual([5]);
    expect(scale[0]).toBeCloseTo(4 / 1.349);
  });

  it("holds values within the clip and puts the center where nothing is known", () => {
    const normalizer = { kind: "standard", center: [0], scale: [1], clip: 3 } as const;
    const target = new Float32Array(4);
    normalizeInto(target, 1, Float64Array.of(99, -99, Number.NaN), normalizer);
    expect([...target]).toEqual([0, 3, -3, 0]);
  });

  it.each([
    { tag: { name: "a", range: [0, 50] as const }, value: 7, scale: 0.1, what: "its range" },
    {
      tag: { name: "a", range: [299, 301] as const },
      value: 300,
      scale: 0.3,
      what: "its own size where its range is narrow",
    },
    { tag: { name: "a" }, value: 200, scale: 0.2, what: "its own size" },
    { tag: { name: "a" }, value: 0, scale: 0.1, what: "a fixed step at zero" },
  ])("scales a constant tag by $what", ({ tag, value, scale }) => {
    const fitted = fitNormalizer(Float64Array.of(value, value), [tag], {
      kind: "standard",
      clip: 10,
    });
    expect(fitted.scale[0]).toBeCloseTo(scale);
  });

  it("leaves unknown cells out", () => {
    const frames = Float64Array.of(1, Number.NaN, 3, 5);
    expect(fitNormalizer(frames, tags, { kind: "standard", clip: 10 }).center).toEqual([2, 5]);
  });
});
