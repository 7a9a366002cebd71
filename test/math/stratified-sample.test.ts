import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { createStratifiedSample, type Drawn } from "../../src/math/stratified-sample.ts";

interface Item {
  readonly value: number;
  readonly stratum: number;
  readonly cell: number;
}

/** Two strata of one cell, and one of `points` cells; where the items come from is the same for the same seed. */
function itemsOf(count: number, points: number, seed: number): Item[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const kind = random.uniform();
    const stratum = kind < 0.02 ? 0 : kind < 0.1 ? 1 : 2;
    const cell = stratum === 2 ? Math.floor(points * random.uniform() ** 3) : 0;
    return { value: stratum * 3 + cell + random.normal(), stratum, cell };
  });
}

function drawFrom(
  items: readonly Item[],
  capacity: number,
  points: number,
  seed: number,
): Drawn<Item>[] {
  const random = createRandom(seed);
  const sample = createStratifiedSample<Item>(capacity, [1, 1, points]);
  for (const item of items) sample.offer(() => item, item.stratum, item.cell, random.uniform());
  return sample.take();
}

const cellOf = ({ stratum, cell }: Item): string => `${stratum}/${cell}`;

const countBy = (items: readonly Item[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[cellOf(item)] = (counts[cellOf(item)] ?? 0) + 1;
  return counts;
};

describe("createStratifiedSample", () => {
  const cases = fc.record({
    count: fc.nat(300),
    capacity: fc.integer({ min: 3, max: 60 }),
    seed: fc.integer(),
    draw: fc.integer(),
  });

  it("keeps as much as it may, and something of every cell that has seen something", () => {
    fc.assert(
      fc.property(cases, ({ count, capacity, seed, draw }) => {
        const points = Math.floor(capacity / 3);
        const items = itemsOf(count, points, seed);
        const drawn = drawFrom(items, capacity, points, draw);
        expect(drawn).toHaveLength(Math.min(count, capacity));
        expect(Object.keys(countBy(drawn.map(({ item }) => item))).sort()).toEqual(
          Object.keys(countBy(items)).sort(),
        );
      }),
    );
  });

  it("keeps as many of a cell whatever the ranks are, and says what chance that makes", () => {
    fc.assert(
      fc.property(cases, ({ count, capacity, seed, draw }) => {
        const points = Math.floor(capacity / 3);
        const items = itemsOf(count, points, seed);
        const seen = countBy(items);
        const drawn = drawFrom(items, capacity, points, draw);
        const kept = countBy(drawn.map(({ item }) => item));
        expect(
          countBy(drawFrom(items, capacity, points, draw + 1).map(({ item }) => item)),
        ).toEqual(kept);
        for (const { item, probability } of drawn) {
          expect(probability).toBe((kept[cellOf(item)] ?? 0) / (seen[cellOf(item)] ?? 0));
        }
      }),
    );
  });

  it("shares out evenly: a stratum has a third unless it has less to show, and the others get what it leaves", () => {
    const items = itemsOf(5000, 4, 1);
    const kept = countBy(drawFrom(items, 60, 4, 2).map(({ item }) => item));
    expect(kept).toEqual({ "0/0": 20, "1/0": 20, "2/0": 5, "2/1": 5, "2/2": 5, "2/3": 5 });
    const few = items.filter(({ stratum }, place) => stratum !== 0 || place < 100);
    const rare = countBy(few)["0/0"] ?? 0;
    expect(rare).toBeGreaterThan(0);
    expect(rare).toBeLessThan(10);
    const shared = countBy(drawFrom(few, 60, 4, 2).map(({ item }) => item));
    expect(shared["0/0"]).toBe(rare);
    expect(Math.abs((shared["1/0"] ?? 0) - (60 - rare) / 2)).toBeLessThanOrEqual(1);
  });

  it("estimates the mean of all without bias, though rare ones are drawn far more often (Horvitz and Thompson)", () => {
    const items = itemsOf(2000, 8, 3);
    const truth = items.reduce((sum, { value }) => sum + value, 0) / items.length;
    const turns = 800;
    const estimates = Array.from(
      { length: turns },
      (_, turn) =>
        drawFrom(items, 60, 8, turn).reduce(
          (sum, { item, probability }) => sum + item.value / probability,
          0,
        ) / items.length,
    );
    const average = estimates.reduce((sum, value) => sum + value, 0) / turns;
    const variance = estimates.reduce((sum, value) => sum + (value - average) ** 2, 0) / turns;
    expect(Math.abs(average - truth)).toBeLessThan(4 * Math.sqrt(variance / turns));
    const plain = drawFrom(items, 60, 8, 0).reduce((sum, { item }) => sum + item.value, 0) / 60;
    expect(Math.abs(plain - truth)).toBeGreaterThan(0.3); // unweighted, the same sample misleads
  });

  it("draws every item as often as it says", () => {
    const items = itemsOf(120, 3, 4);
    const turns = 2000;
    const drawnTimes = new Map<Item, number>();
    const chances = new Map<string, number>();
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { item, probability } of drawFrom(items, 30, 3, turn)) {
        drawnTimes.set(item, (drawnTimes.get(item) ?? 0) + 1);
        chances.set(cellOf(item), probability);
      }
    }
    for (const item of items) {
      const chance = chances.get(cellOf(item)) ?? Number.NaN;
      const spread = Math.sqrt(turns * chance * (1 - chance));
      expect(Math.abs((drawnTimes.get(item) ?? 0) - turns * chance)).toBeLessThanOrEqual(
        4.5 * spread,
      );
    }
  });

  it("begins anew once it was emptied", () => {
    const sample = createStratifiedSample<string>(3, [1]);
    sample.offer(() => "a", 0, 0, 0.5);
    expect(sample.take()).toEqual([{ item: "a", stratum: 0, probability: 1 }]);
    expect(sample.take()).toEqual([]);
    sample.offer(() => "b", 0, 0, 0.9);
    expect(sample.take()).toEqual([{ item: "b", stratum: 0, probability: 1 }]);
  });
});
