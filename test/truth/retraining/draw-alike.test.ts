import { describe, expect, it } from "vitest";
import { drawAlike } from "../../../src/truth/retraining/draw-alike.ts";
import { window } from "./kept-window.ts";

/** So many windows of each kind, kept with its chance, mixed in time. */
function kept(kinds: Readonly<Record<string, readonly [count: number, chance: number]>>) {
  const windows = Object.entries(kinds).flatMap(([kind, [count, inclusionProbability]]) =>
    Array.from({ length: count }, (_, nth) =>
      window(nth, { id: `${kind}-${nth}`, inclusionProbability }),
    ),
  );
  return windows.toSorted((a, b) => a.endMs - b.endMs);
}

const countsOf = (windows: readonly { readonly id: string }[]) => {
  const counts: Record<string, number> = {};
  for (const { id } of windows) {
    const [kind = ""] = id.split("-");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

/** A month of a machine: in operation, 98 of 100 windows are usual ones. */
const month = kept({ usual: [5000, 0.01], rare: [5000, 0.5], near: [3000, 0.9] });

describe("windows that are drawn so that they were kept with the same chance", () => {
  it("have the shares that they have in operation", () => {
    const drawn = drawAlike(month, { atLeast: 1000, seed: 1 });
    const { usual = 0, rare = 0, near = 0 } = countsOf(drawn);
    expect(usual).toBe(5000);
    // 5000 · 0.01 / 0.5 and 3000 · 0.01 / 0.9, give or take four standard deviations.
    expect(Math.abs(rare - 100)).toBeLessThan(40);
    expect(Math.abs(near - 33)).toBeLessThan(24);
    expect(drawn).toEqual(drawn.toSorted((a, b) => a.endMs - b.endMs));
  });

  it("are no fewer than are needed: then what was over-sampled most is thinned as far as can be", () => {
    const drawn = drawAlike(month, { atLeast: 8000, seed: 1 });
    expect(Math.abs(drawn.length - 8000)).toBeLessThan(200);
    const { usual, rare = 0, near = 0 } = countsOf(drawn);
    expect(usual).toBe(5000);
    // 3000 are left for both, by 1 / 0.5 and 1 / 0.9.
    expect(rare / near).toBeGreaterThan(2);
    expect(rare / near).toBeLessThan(4.5);
  });

  it("are all of them where there are not enough, or all had the same chance", () => {
    expect(drawAlike(month, { atLeast: 13_000, seed: 1 })).toEqual(month);
    expect(drawAlike(month, { atLeast: 1e6, seed: 1 })).toEqual(month);
    const alike = kept({ one: [500, 0.2], other: [500, 0.2] });
    expect(drawAlike(alike, { atLeast: 0, seed: 1 })).toEqual(alike);
    expect(drawAlike([], { atLeast: 10, seed: 1 })).toEqual([]);
  });

  it("are always those that people have called a false alarm", () => {
    const alarms = Array.from({ length: 50 }, (_, nth) =>
      window(nth, { id: `alarm-${nth}`, verdict: "false-alarm" }),
    );
    const windows = [...month, ...alarms].toSorted((a, b) => a.endMs - b.endMs);
    expect(countsOf(drawAlike(windows, { atLeast: 1000, seed: 1 }))).toMatchObject({ alarm: 50 });
  });

  it("are the same for the same seed, and others for another", () => {
    const idsWith = (seed: number) => drawAlike(month, { atLeast: 1000, seed }).map(({ id }) => id);
    expect(idsWith(1)).toEqual(idsWith(1));
    expect(idsWith(1)).not.toEqual(idsWith(2));
  });
});
