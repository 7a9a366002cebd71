import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/math/random.ts";
import { openEpochRunner } from "../../src/model/epoch.ts";
import { type FitOptions, type FittedNetwork, fitNetwork } from "../../src/model/fit-network.ts";

const window = { length: 4, tags: 3 };
const cells = window.length * window.tags;
const random = createRandom(3);
const rows = 400;
/** Two waves and a product of them: the third tag is no linear function of the others. */
const frames = Float32Array.from({ length: rows * 3 }, (_, cell) => {
  const row = Math.floor(cell / 3);
  const [a, b] = [Math.sin(row / 5), Math.cos(row / 11)];
  return ([a, b, 1.4 * a * b][cell % 3] as number) + 0.02 * random.normal();
});
const starts = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from - window.length + 1 }, (_, place) => from + place);
const windows = { training: starts(0, 300), heldOut: starts(300, rows) };
const options: FitOptions = {
  design: { layers: [cells, 8, 3, 8, cells], activation: "tanh" },
  window,
  seed: 1,
  batchSize: 32,
  learningRate: 0.01,
  maxEpochs: 40,
  patience: 10,
  onProgress: () => {},
  signal: undefined,
};
/** The one direction in which all cells of a tag move together. */
const linear = {
  rank: 1,
  components: Float32Array.from({ length: cells }, (_, cell) => (cell % 3 === 0 ? 0.5 : 0)),
};

const meanOf = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("fitNetwork", () => {
  it.each(["tanh", "relu"] as const)(
    "learns with %s layers, on a linear part, too",
    async (activation) => {
      const design = { ...options.design, activation };
      const variance = frames.reduce((sum, value) => sum + value ** 2, 0) / frames.length;
      for (const one of [design, { ...design, linear }]) {
        const fitted = await fitNetwork(frames, windows, { ...options, design: one });
        expect(fitted.validationLoss).toBeLessThan(variance / 3);
      }
    },
  );

  it("needs no epoch for a linear part alone", async () => {
    const design = { layers: [], activation: "relu", linear } as const;
    const fitted = await fitNetwork(frames, windows, { ...options, design });
    expect(fitted).toMatchObject({ epochs: 0, parameters: [] });
    const runner = await openEpochRunner(frames, design, window, undefined);
    expect(fitted.validationLoss).toBeCloseTo(
      meanOf(await runner.evaluate([], windows.heldOut)),
      6,
    );
    await runner.release();
  });

  it("keeps the linear part as it is where all that there is to learn misleads", async () => {
    const turned = frames.map((_, cell) => (cell < 3 * 300 ? 1 : -1));
    const design = { ...options.design, activation: "relu", linear } as const;
    const fitted = await fitNetwork(turned, windows, { ...options, design });
    expect(fitted.epochs).toBe(0);
    expect(fitted.parameters.at(-2)).toEqual(new Float32Array(8 * cells));
  });

  it("gives the same network for the same seed, and another for another", async () => {
    const learn = (seed: number) => fitNetwork(frames, windows, { ...options, maxEpochs: 3, seed });
    const [first, again, other] = [await learn(1), await learn(1), await learn(2)];
    expect(again).toEqual(first);
    expect(other.parameters).not.toEqual(first.parameters);
  });

  it("says when the loss is no longer finite", async () => {
    await expect(
      fitNetwork(frames, windows, { ...options, learningRate: 1e30, maxEpochs: 5 }),
    ).rejects.toMatchObject({ code: "TRAINING_DIVERGED" });
  });

  it("stops when it is aborted, with the reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = (): void => controller.abort(reason);
    await expect(
      fitNetwork(frames, windows, { ...options, onProgress, signal: controller.signal }),
    ).rejects.toBe(reason);
  });

  it("leaves out what is far stranger than the rest, and says how much that was", async () => {
    // A stuck and a torn-off sensor for 14 of 300 rows.
    const polluted = frames.map((value, cell) => {
      const [row, tag] = [Math.floor(cell / 3), cell % 3];
      return row >= 120 && row < 134 && tag < 2 ? (tag === 0 ? 3 : -3) : value;
    });
    const learn = (maxLeftOutShare: number) =>
      fitNetwork(polluted, windows, { ...options, maxEpochs: 60, patience: 20, maxLeftOutShare });
    const [all, robust] = [await learn(0), await learn(0.08)];
    expect(all.leftOutShare).toBe(0);
    const strangeShare = (14 + window.length - 1) / windows.training.length;
    expect(robust.leftOutShare).toBeGreaterThan(strangeShare / 2);
    expect(robust.leftOutShare).toBeLessThan(0.08);

    const runner = await openEpochRunner(polluted, options.design, window, undefined);
    const contrast = async ({ parameters }: FittedNetwork): Promise<number> => {
      const anomalous = await runner.evaluate(parameters, starts(120, 134));
      const normal = await runner.evaluate(parameters, windows.heldOut);
      return Math.min(...anomalous) / Math.max(...normal);
    };
    expect(await contrast(robust)).toBeGreaterThan(5 * (await contrast(all)));
    await runner.release();
  });

  it("leaves nothing out of a trace without strange rows", async () => {
    const fitted = await fitNetwork(frames, windows, { ...options, maxLeftOutShare: 0.05 });
    expect(fitted.leftOutShare).toBeLessThan(0.01);
  });

  it("learns from all windows in time, when an epoch goes through a few only", async () => {
    const few = { ...options, maxWindowsPerEpoch: 64, maxEpochs: 200, patience: 50 };
    const fitted = await fitNetwork(frames, windows, few);
    const whole = await fitNetwork(frames, windows, options);
    expect(fitted.validationLoss).toBeLessThan(2 * whole.validationLoss);
  });
});
