import { describe, expect, it } from "vitest";
import { median, medianRatio, quantile, takeTurns } from "../../bench/performance/turns.ts";

const quiet = { progress: () => {} };

describe("rivals", () => {
  it("take turns, each round beginning with another one", async () => {
    const calls: string[] = [];
    const rival = (name: string) => async () => calls.push(name);
    await takeTurns({ a: rival("a"), b: rival("b") }, 2, quiet);
    expect(calls.join("")).toBe("abbaab");
  });

  it("are measured without the round that warms up", async () => {
    let run = 0;
    const figures = await takeTurns({ a: async () => run++ }, 3, quiet);
    expect(figures).toEqual({ a: [1, 2, 3] });
  });

  it("are compared round by round, so that a slow round of both changes nothing", () => {
    const figures = { ours: [20, 2, 20], theirs: [10, 1, 10] };
    expect(medianRatio(figures, "ours", "theirs")).toBe(2);
  });
});

describe("the median", () => {
  it("is the middle one, or lies between the two that are", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("of nothing is not a number", () => expect(median([])).toBeNaN());
});

it("a quantile is a value that was measured", () => {
  const values = Array.from({ length: 100 }, (_, place) => 100 - place);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 50, 99, 100]);
  expect(quantile([], 0.5)).toBeNaN();
});
