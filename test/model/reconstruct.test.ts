import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { Model } from "../../src/model/model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";
import { packFor } from "./pack/packing.ts";

const frames = machineFrames(40, { seed: 7 });
let model: Model;
beforeAll(async () => {
  const options = { name: "machine", tags: machineTags, windowLength: 8, maxEpochs: 5 };
  model = await trainModel(machineFrames(600), options);
});
afterAll(() => model.close());

/** Whether the reconstruction holds, at the row of each contribution, what the score says was expected there. */
async function explainsScore(window: FrameWindow): Promise<boolean> {
  const { center, scale } = model.card.normalizer;
  const [score] = await model.score([window]);
  const [answer] = await model.reconstruct([window]);
  const parts = score?.contributions ?? [];
  return (
    parts.length === 3 &&
    parts.every(({ actual, expected }, tag) =>
      frames.some((_, row) => {
        const cell = row * 3 + tag;
        const { [cell]: output = Number.NaN } = answer?.reconstruction ?? [];
        const level =
          output * (scale[tag] ?? 0) + (center[tag] ?? 0) + (window.offsets?.[tag] ?? 0);
        return Object.is(window.values[cell], actual) && Math.abs(level - expected) < 1e-4;
      }),
    )
  );
}

describe("reconstruct", () => {
  it("shows what the score was made of: the normalized window and what the network expected", async () => {
    const plain = windowOf(frames.slice(0, 8));
    const withHole = windowOf(frames.slice(9, 17), (values) =>
      values.map((value, cell) => (cell % 3 === 1 ? Number.NaN : value)),
    );
    const wandered: FrameWindow = { ...plain, offsets: Float64Array.of(0.5, -0.2, 1) };
    for (const window of [plain, withHole, wandered]) {
      expect(await explainsScore(window)).toBe(true);
    }
    const [answer] = await model.reconstruct([wandered]);
    const { center, scale } = model.card.normalizer;
    expect(answer?.normalized[0]).toBeCloseTo(
      ((plain.values[0] ?? 0) - 0.5 - (center[0] ?? 0)) / (scale[0] ?? 0),
      4,
    );
  });

  it("answers for each window in order, and shows what took the place of unknown cells", async () => {
    const windows = [0, 8, 16].map((first) => windowOf(frames.slice(first, first + 8)));
    const hole = windowOf(frames.slice(0, 8), (values) => values.with(4, Number.NaN));
    const together = await model.reconstruct([...windows, hole]);
    for (const [place, window] of [...windows, hole].entries()) {
      const [alone] = await model.reconstruct([window]);
      const gap = (alone?.reconstruction ?? []).map((value, cell) =>
        Math.abs(value - (together[place]?.reconstruction?.[cell] ?? Number.NaN)),
      );
      expect(Math.max(...gap)).toBeLessThan(1e-5);
    }
    const filled = together[3]?.normalized[4] ?? Number.NaN;
    expect(Number.isFinite(filled)).toBe(true);
    expect(filled).not.toBe(0);
    expect(await model.reconstruct([])).toEqual([]);
  });

  it("has no reconstruction where the graph answers with a score", async () => {
    const packed = await packFor("error");
    const [answer] = await packed.reconstruct([windowOf(frames.slice(0, 8))]);
    await packed.close();
    expect(answer?.normalized).toHaveLength(24);
    expect(answer).not.toHaveProperty("reconstruction");
  });

  it("refuses windows of another shape", async () => {
    await expect(model.reconstruct([windowOf(frames.slice(0, 7))])).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
    });
  });
});
