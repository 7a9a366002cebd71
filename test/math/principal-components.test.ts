import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { principalComponents } from "../../src/math/principal-components.ts";
import { createRandom } from "../../src/math/random.ts";

const every = (starts: number, hop = 1): Uint32Array =>
  Uint32Array.from({ length: starts }, (_, at) => at * hop);

/** Frames of a machine with `states` slow states behind its tags, and noise. */
function machineFrames(seed: number, { rows = 500, tags = 4, states = 2, noise = 0.1 } = {}) {
  const random = createRandom(seed);
  const loads = Float64Array.from({ length: states * tags }, random.normal);
  const state = new Float64Array(states);
  const frames = new Float64Array(rows * tags);
  for (let row = 0; row < rows; row += 1) {
    state.forEach((value, at) => {
      state[at] = 0.9 * value + random.normal();
    });
    for (let tag = 0; tag < tags; tag += 1) {
      const value = state.reduce((sum, now, at) => sum + now * (loads[at * tags + tag] ?? 0), 0);
      frames[row * tags + tag] = value + noise * random.normal();
    }
  }
  return frames;
}

function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

/** Mean squared error of windows that are rebuilt from the components. */
function rebuildingError(
  frames: Float64Array,
  starts: Uint32Array,
  { length, tags }: { length: number; tags: number },
  components: Float32Array,
): number {
  const cells = length * tags;
  let sum = 0;
  for (const start of starts) {
    const window = frames.slice(start * tags, start * tags + cells);
    for (let from = 0; from < components.length; from += cells) {
      const component = components.subarray(from, from + cells);
      const along = dot(component, window);
      component.forEach((entry, cell) => {
        window[cell] = (window[cell] as number) - along * entry;
      });
    }
    sum += dot(window, window) / starts.length;
  }
  return sum;
}

function expectOrthonormal(components: Float32Array, cells: number): void {
  for (let i = 0; i < components.length; i += cells) {
    for (let j = 0; j <= i; j += cells) {
      const product = dot(components.subarray(i, i + cells), components.subarray(j, j + cells));
      expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-5);
    }
  }
}

function expectNear(found: Float32Array | Float64Array, known: readonly number[]): void {
  expect(found).toHaveLength(known.length);
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(known[at] as number, 6);
  });
}

describe("principal components of windows", () => {
  it("are those that NumPy finds in the windows written out", () => {
    const frames = Float64Array.of(1, 0.5, -0.5, 1, 2, -1, 0, 0.25, -1.5, -0.5, 1, 1.5);
    const found = principalComponents(
      frames,
      every(5),
      { length: 2, tags: 2 },
      { varianceShare: 1, maxRank: 9 },
    );
    expectNear(found.variances, [2.15790597, 1.08362873, 0.90133565, 0.28212964]);
    expectNear(found.components, [
      ...[0.69717576, -0.18897526, -0.68980537, 0.04901891],
      ...[-0.24040716, -0.41364895, -0.06743807, 0.87552901],
      ...[0.64776505, -0.20586588, 0.72075713, 0.1361207],
      ...[0.19118262, 0.86648839, -0.01139374, 0.46099594],
    ]);
    expect(found.totalVariance).toBeCloseTo(4.425);
    expect(found.windows).toBe(5);
  });

  it("are as few as keep the share of variance asked for, and leave out the rest of it", () => {
    const shape = { length: 5, tags: 4 };
    const seeds = fc.integer({ min: 0, max: 1e6 });
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.1, max: 0.999, noNaN: true }), (seed, share) => {
        const frames = machineFrames(seed, { rows: 120 });
        const { components, variances, totalVariance } = principalComponents(
          frames,
          every(116),
          shape,
          { varianceShare: share, maxRank: 20 },
        );
        const kept = variances.reduce((sum, variance) => sum + variance, 0);
        expect(kept).toBeGreaterThanOrEqual(share * totalVariance * (1 - 1e-9));
        expect(kept - (variances.at(-1) as number)).toBeLessThan(share * totalVariance);
        expect([...variances]).toEqual([...variances].sort((a, b) => b - a));
        expectOrthonormal(components, 20);
        const error = rebuildingError(frames, every(116), shape, components);
        expect(Math.abs(error - (totalVariance - kept))).toBeLessThan(1e-5 * totalVariance);
      }),
      { numRuns: 30 },
    );
  });

  it("are the same for large windows, where they are searched for, as where all are worked out", () => {
    const shape = { length: 80, tags: 4 };
    const frames = machineFrames(7, { rows: 900 });
    const options = { varianceShare: 0.9, maxRank: 100 };
    const found = principalComponents(frames, every(821), shape, options);
    const kept = found.variances.reduce((sum, variance) => sum + variance, 0);
    expect(found.variances.length).toBeGreaterThan(5);
    expectOrthonormal(found.components, 320);
    const error = rebuildingError(frames, every(821), shape, found.components);
    expect(Math.abs(error - (found.totalVariance - kept))).toBeLessThan(1e-5 * found.totalVariance);
    // All 320 are asked for here, so nothing is searched.
    const all = principalComponents(frames, every(821), shape, { varianceShare: 1, maxRank: 320 });
    found.variances.forEach((variance, rank) => {
      expect(variance / (all.variances[rank] as number)).toBeCloseTo(1, 6);
    });
  });

  it("find equal variances in large windows, however many", () => {
    // Windows that do not overlap, each with one cell set: every direction varies alike.
    const frames = new Float64Array(320 * 320);
    for (let row = 0; row < 320; row += 1) frames[row * 320 + row] = 1;
    const { variances, components } = principalComponents(
      frames,
      every(320),
      { length: 1, tags: 320 },
      { varianceShare: 0.25, maxRank: 320 },
    );
    expect(variances.length).toBeGreaterThanOrEqual(80);
    expect(variances.length).toBeLessThanOrEqual(81);
    for (const variance of variances) expect(variance).toBeCloseTo(1 / 320, 9);
    expectOrthonormal(components, 320);
  });

  it("come out the same for the same frames, in either precision of them", () => {
    const frames = Float32Array.from(machineFrames(1, { rows: 400, tags: 5 }));
    const shape = { length: 70, tags: 5 };
    const options = { varianceShare: 0.8, maxRank: 30 };
    const once = principalComponents(frames, every(331), shape, options);
    expect(principalComponents(frames, every(331), shape, options)).toEqual(once);
    expect(principalComponents(Float64Array.from(frames), every(331), shape, options)).toEqual(
      once,
    );
  });

  it("follow the windows, not how they are laid out: alone, in runs, with gaps and at any distance", () => {
    const shape = { length: 6, tags: 3 };
    const frames = machineFrames(5, { rows: 300, tags: 3 });
    const someStarts = fc.oneof(
      fc.uniqueArray(fc.integer({ min: 0, max: 290 }), { minLength: 1, maxLength: 200 }),
      fc
        .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 60 }))
        .map(([hop, gap]) => [
          ...every(30, hop),
          ...every(Math.floor((290 - 29 * hop - gap) / hop), hop).map((s) => s + 29 * hop + gap),
        ]),
    );
    fc.assert(
      fc.property(someStarts, (unsorted) => {
        const starts = Uint32Array.from(unsorted).sort();
        const options = { varianceShare: 0.9, maxRank: 18 };
        const found = principalComponents(frames, starts, shape, options);
        const apart = new Float64Array(starts.length * 18);
        starts.forEach((start, at) => {
          apart.set(frames.subarray(start * 3, start * 3 + 18), at * 18);
        });
        const same = principalComponents(apart, every(starts.length, 6), shape, options);
        expect(found.windows).toBe(starts.length);
        expect(found.totalVariance).toBeCloseTo(same.totalVariance, 8);
        expect(found.variances.length).toBe(same.variances.length);
        found.variances.forEach((variance, rank) => {
          expect(variance).toBeCloseTo(same.variances[rank] as number, 8);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("look at an even choice where windows lie apart and are very many", () => {
    const frames = machineFrames(2, { rows: 90_000, tags: 1 });
    const shape = { length: 3, tags: 1 };
    const options = { varianceShare: 0.99, maxRank: 3 };
    const some = principalComponents(frames, every(30_000, 3), shape, options);
    expect(some.windows).toBe(20_000);
    const all = principalComponents(frames, every(89_998), shape, options);
    expect(all.windows).toBe(89_998);
    expect(some.totalVariance / all.totalVariance).toBeCloseTo(1, 1);
  });

  it("are none when nothing varies, and no more than allowed", () => {
    const shape = { length: 2, tags: 2 };
    const none = principalComponents(new Float32Array(20), every(9), shape, {
      varianceShare: 0.9,
      maxRank: 4,
    });
    expect(none).toMatchObject({ totalVariance: 0, components: new Float32Array(0) });
    const frames = machineFrames(3, { rows: 50, tags: 2 });
    const few = principalComponents(frames, every(49), shape, { varianceShare: 1, maxRank: 2 });
    expect(few.variances).toHaveLength(2);
    expect(few.components).toHaveLength(8);
  });

  it("end where the windows have no further direction", () => {
    const frames = Float64Array.from({ length: 60 }, (_, at) => Math.sin(at / 3));
    const { variances } = principalComponents(
      frames,
      every(51),
      { length: 10, tags: 1 },
      { varianceShare: 1, maxRank: 10 },
    );
    expect(variances).toHaveLength(2);
  });
});
