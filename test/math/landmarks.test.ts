import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLandmarks } from "../../src/math/landmarks.ts";
import { createRandom } from "../../src/math/random.ts";

describe("createLandmarks", () => {
  it("knows a place that it has seen, and says which one", () => {
    const { visit } = createLandmarks(4, 2);
    expect(visit(Float64Array.of(0, 0))).toEqual({ landmark: 0, isNew: true });
    expect(visit(Float64Array.of(0.1, -0.1))).toEqual({ landmark: 0, isNew: false });
    expect(visit(Float64Array.of(5, 0))).toEqual({ landmark: 1, isNew: true });
    expect(visit(Float64Array.of(4.8, 0.2))).toEqual({ landmark: 1, isNew: false });
    expect(visit(Float64Array.of(0, 0.2))).toEqual({ landmark: 0, isNew: false });
  });

  it("goes to the nearest of several that are near", () => {
    const { visit } = createLandmarks(4, 1);
    visit(Float64Array.of(0));
    visit(Float64Array.of(0.6));
    expect(visit(Float64Array.of(0.4)).landmark).toBe(1);
    expect(visit(Float64Array.of(0.2)).landmark).toBe(0);
  });

  it("soon takes noise for no news, however strong, and still sees what is far from it", () => {
    const random = createRandom(1);
    const { visit } = createLandmarks(32, 8);
    const noise = (): Float64Array => Float64Array.from({ length: 8 }, () => 3 * random.normal());
    for (let turn = 0; turn < 2000; turn += 1) visit(noise());
    const news = Array.from({ length: 2000 }, () => visit(noise())).filter(({ isNew }) => isNew);
    expect(news.length).toBeLessThan(20);
    expect(visit(new Float64Array(8).fill(40)).isNew).toBe(true);
  });

  it("never has more landmarks than it may, and calls nothing new twice in a row", () => {
    const points = fc.array(
      fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 8 }), (all, limit) => {
        const { visit } = createLandmarks(limit, 3);
        for (const point of all) {
          const first = visit(Float64Array.from(point));
          expect(first.landmark).toBeLessThan(limit);
          expect(visit(Float64Array.from(point))).toEqual({ ...first, isNew: false });
        }
      }),
    );
  });
});
