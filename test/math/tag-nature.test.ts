import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { describeTag } from "../../src/math/tag-nature.ts";

const series = (count: number, value: (at: number) => number): Float64Array =>
  Float64Array.from({ length: count }, (_, at) => value(at));

const noise = (count: number, seed = 1): Float64Array => {
  const random = createRandom(seed);
  return series(count, random.normal);
};

const uniform = (count: number): Float64Array => series(count, createRandom(2).uniform);

const kindOf = (values: Float64Array): string => describeTag(values).kind;

/** Student's t with 2 degrees of freedom. */
const straying = (count: number): Float64Array => {
  const random = createRandom(5);
  return series(count, () => random.normal() / Math.sqrt(-Math.log(1 - random.uniform())));
};

const wandering = (count: number, seed: number): Float64Array => {
  const random = createRandom(seed);
  let place = 0;
  return series(count, () => {
    place += 0.02 + 0.1 * random.normal();
    return place;
  });
};

describe("nature of a tag", () => {
  it.each([
    ["a setpoint that never moved", series(500, () => 55), "constant", "was 55 throughout"],
    ["rounding of 32-bit numbers", series(500, (at) => (at % 2) * 1e-6 + 20), "constant"],
    ["nothing at all", new Float64Array(9).fill(Number.NaN), "constant", "has no known value"],
    ["a contact", series(500, (at) => (at % 70 < 30 ? 1 : 0)), "binary", "was 0 or 1"],
    ["a contact that hardly ever closed", series(500, (at) => (at === 77 ? 255 : 0)), "binary"],
    [
      "the steps of a batch",
      series(2000, (at) => Math.floor(at / 40) % 5),
      "discrete",
      "has only 5 values and keeps each for 40 readings on average",
    ],
    [
      "a valve with three positions",
      series(900, (at) => [0, 12.5, 50][Math.floor(at / 50) % 3] ?? 0),
      "discrete",
    ],
    [
      "an energy meter",
      series(1000, (at) => 1e6 + Math.floor(at / 3)),
      "counter",
      "rose 333 times and never fell",
    ],
    [
      "a meter that was exchanged",
      series(1000, (at) => (at < 600 ? 300 + at : at - 600)),
      "counter",
      "rose 998 times and fell once, back to its start",
    ],
    ["operating hours that wrap around", series(1000, (at) => (at * 7) % 500), "counter"],
    ["fouling", series(2000, (at) => at / 500 + (noise(2000)[at] ?? 0) * 0.3), "drifting"],
    [
      "a vibration with shocks",
      straying(3000),
      "heavy-tailed",
      /^strays: the middle 99 % of its values are 1[\d.]+ times as wide as the middle half/,
    ],
    [
      "a flow that rests at 32 but for rounding, and seldom moves by a step",
      series(400, (at) => 32 + (at % 40 === 0 ? 1 : 0) + (at % 2 ? 1e-4 : 0)),
      "continuous",
      "mostly rests at one value",
    ],
    [
      "a position that hardly ever leaves its place, each time for another one",
      series(10_000, (at) => (at % 500 === 7 ? at / 7 : 5.5)),
      "continuous",
      "mostly rests at one value",
    ],
    ["noise about a mean", noise(3000), "continuous", "varies without anything unusual"],
  ])("%s", (_, values, kind, why?: string | RegExp) => {
    const nature = describeTag(values);
    expect(nature.kind).toBe(kind);
    if (why !== undefined) expect(nature.why).toMatch(why);
  });

  it.each([
    ["a daily cycle over five days", series(3000, (at) => Math.sin((at / 600) * 2 * Math.PI))],
    ["a change of load", series(3000, (at) => (at < 1700 ? 0 : 5) + (noise(3000)[at] ?? 0))],
    [
      "a measurement with coarse resolution",
      series(3000, (at) => Math.round(4 * Math.sin(at / 90))),
    ],
    ["a flicker of the last digit", noise(3000).map((value) => (value > 0 ? 20.1 : 20))],
    ["a flicker over several digits", noise(3000).map((value) => Math.round(value) / 10)],
    [
      "a tank that fills with a wavy surface",
      series(3000, (at) => (at % 500) + 4 * (noise(3000)[at] ?? 0)),
    ],
    ["a setpoint that was raised a few times", series(3000, (at) => Math.floor(at / 500) * 1.5)],
    ["something that mostly rests", noise(3000).map((value) => Math.max(0, value - 1))],
    ["exponential values, which only lean", uniform(3000).map((value) => -Math.log(1 - value))],
    ["few values", series(49, (at) => at)],
  ])("is no more than continuous or discrete for %s", (_, values) => {
    expect(["continuous", "discrete"]).toContain(kindOf(values));
  });

  it("calls no noise anything but continuous, whatever its distribution", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 50, max: 2000 }),
        fc.constantFrom(
          (random: ReturnType<typeof createRandom>) => random.normal(),
          (random: ReturnType<typeof createRandom>) => random.uniform(),
          (random: ReturnType<typeof createRandom>) =>
            random.normal() + 6 * (random.uniform() < 0.5 ? 1 : 0),
        ),
        (seed, count, draw) => {
          const random = createRandom(seed);
          expect(kindOf(series(count, () => draw(random)))).toBe("continuous");
        },
      ),
    );
  });

  it("does not depend on the unit, or on values that are missing", () => {
    const kinds = [
      noise(1000),
      straying(1000),
      wandering(1000, 3),
      series(1000, (at) => Math.floor(at / 40) % 5),
      series(1000, (at) => at % 400),
    ];
    const scales = fc.double({ min: 0.001, max: 1000, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        scales,
        fc.integer({ min: 2, max: 9 }),
        (values, scale, hole) => {
          const other = values.map((value, at) =>
            at % (hole * 11) === 5 ? Number.NaN : scale * value,
          );
          expect(kindOf(other)).toBe(kindOf(values));
        },
      ),
    );
  });

  it("finds most tags that wander steadily", () => {
    const kinds = Array.from({ length: 100 }, (_, seed) => kindOf(wandering(2000, seed)));
    expect(kinds.filter((kind) => kind === "drifting").length).toBeGreaterThan(90);
  });
});
