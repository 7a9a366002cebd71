import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IncidentPattern } from "../../src/core/label.ts";
import { directionsOf, partsOf, similarity } from "../../src/math/incident-pattern.ts";
import { createIncidentTrail } from "../../src/math/incident-trail.ts";

/** A window in the plane of two tags. */
const at = (degrees: number, score: number): IncidentPattern => ({
  tags: ["flow", "speed"],
  direction: [Math.cos((degrees / 180) * Math.PI), Math.sin((degrees / 180) * Math.PI)],
  score,
  threshold: 4,
});

function trailOf(windows: readonly IncidentPattern[]): IncidentPattern | undefined {
  const trail = createIncidentTrail();
  for (const window of windows) trail.push(window);
  return trail.pattern();
}

describe("the trail of an incident", () => {
  it("is nothing before the first window, and the window after it", () => {
    expect(trailOf([])).toBeUndefined();
    expect(trailOf([at(0, 5)])).toEqual(at(0, 5));
  });

  it("has the highest window, and a part for all that looked alike, with their highest score", () => {
    const windows = [at(0, 5), at(10, 9), at(90, 6), at(80, 7), at(20, 4)];
    expect(trailOf(windows)).toEqual({
      ...at(10, 9),
      parts: [
        { direction: [1, 0], score: 9 },
        { direction: [0, 1], score: 7 },
      ],
    });
  });

  it("has its parts in the order of the tags of the highest window", () => {
    const turned = { ...at(0, 9), tags: ["speed", "flow"] };
    expect(trailOf([at(0, 5), turned])).toMatchObject({
      tags: ["speed", "flow"],
      parts: [
        { direction: [0, 1], score: 5 },
        { direction: [1, 0], score: 9 },
      ],
    });
  });

  it("leaves no window far from all parts, and grows no larger than that needs", () => {
    const windows = fc.array(
      fc.record({
        degrees: fc.integer({ min: 0, max: 359 }),
        score: fc.integer({ min: 4, max: 99 }),
      }),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(windows, (all) => {
        const patterns = all.map(({ degrees, score }) => at(degrees, score));
        const trail = trailOf(patterns);
        const parts = trail ? partsOf(trail) : [];
        for (const window of patterns) {
          const near = parts.filter((part) => similarity(window, directionsOf(part)) > 0.899);
          expect(Math.max(...near.map(({ score }) => score))).toBeGreaterThanOrEqual(window.score);
        }
        expect(parts.length).toBeLessThanOrEqual(1 + 360 / 26);
      }),
    );
  });
});
