import { describe, expect, it } from "vitest";
import { finishCaptured } from "../../src/model/finish-captured.ts";
import { trainModel } from "../../src/model/train-model.ts";
import type { TrainModelOptions } from "../../src/model/training-options.ts";
import { machineFrames, machineTags, windowOf } from "../machine-frames.ts";

const TIMEOUT_MS = 60_000;
const quick: TrainModelOptions = { name: "pump", tags: machineTags, kind: "pca" };

/** Every fourth stretch of 16 frames: windows that stand alone. */
const pieces = machineFrames(12_000).filter((_, row) => Math.floor(row / 16) % 4 === 0);

describe("a recording in pieces", () => {
  it("has its scores and its threshold from single windows, and says so", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const model = await trainModel(pieces, { ...quick, windowLength: 16 });
    const { choices = [], calibration, smoothingMs } = model.card;
    const reasonOf = (name: string) => choices.find(({ setting }) => setting === name)?.reason;
    expect(reasonOf("smoothingMs")).toContain("that of single windows");
    expect(reasonOf("threshold")).toContain("single windows show no episodes");
    expect(smoothingMs).toBe(10_000);

    const windows = Array.from({ length: 400 }, (_, nth) =>
      windowOf(machineFrames(16, { seed: 100 + nth })),
    );
    const scores = await model.score(windows);
    expect(scores.filter(({ verdict }) => verdict === "anomalous")).toEqual([]);
    const squares = scores.reduce((sum, { value }) => sum + value ** 2 / scores.length, 0);
    expect(Math.sqrt(squares)).toBeLessThan(2); // in standard deviations of single windows, not of averages
    expect(calibration.windows).toBeGreaterThan(150);
    await model.close();
  });

  it("has no steps of a counter between its pieces", { timeout: TIMEOUT_MS }, async () => {
    const counted = pieces.map((frame) => {
      const values = frame.values.slice();
      values[1] = frame.timeMs / 500;
      return { ...frame, values };
    });
    const model = await trainModel(counted, { ...quick, windowLength: 16 });
    expect(model.card.normalizer.differenced).toEqual([false, true, false]);
    expect(model.card.normalizer.center[1]).toBeCloseTo(2);
    await model.close();
  });

  it("leaves to the model before what single windows do not show", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const train = () => trainModel(pieces, { ...quick, windowLength: 16, running: false });
    const base = await trainModel(machineFrames(600), { ...quick, running: "current > 1" });
    const next = await finishCaptured(await train(), { coverage: 0.6, base });
    const { running, minCoverage, sensors = [], golden } = next.card;
    expect({ running, minCoverage }).toEqual({
      running: base.card.running,
      minCoverage: base.card.minCoverage,
    });
    expect(golden).not.toEqual([]);
    expect(sensors.map((one) => one.longestUnchanged)).toEqual(
      base.card.sensors?.map((one) => one.longestUnchanged),
    );

    const alone = await finishCaptured(await train(), { coverage: 0.6 });
    expect(alone.card).toMatchObject({ minCoverage: 0.3 });
    expect(alone.card).not.toHaveProperty("sensors");
    expect(alone.card).not.toHaveProperty("running");
    const window = windowOf(machineFrames(16, { seed: 9 }));
    const [[one], [other]] = [await next.score([window]), await alone.score([window])];
    expect(other?.value).toBe(one?.value);
    for (const model of [base, next, alone]) await model.close();
  });
});

describe("stretches that are known to be harmless", () => {
  const frames = machineFrames(3_000).map((frame, row) => {
    const isHot = row % 600 >= 300 && row % 600 < 330;
    return isHot
      ? { ...frame, values: frame.values.map((value, tag) => value + (tag === 2 ? 3 : 0)) }
      : frame;
  });
  const spans = [300, 900, 1_500, 2_100, 2_700].map((row) => ({
    fromMs: frames[row]?.timeMs ?? 0,
    toMs: frames[row + 29]?.timeMs ?? 0,
  }));

  it("raise the threshold above themselves, and are not what a normal score is measured on", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const options = { ...quick, maxLeftOutShare: 0 };
    const [unaware, aware] = [
      await trainModel(frames, options),
      await trainModel(frames, { ...options, harmless: spans }),
    ];
    expect(aware.card.calibration.windows).toBeLessThan(unaware.card.calibration.windows);
    expect(aware.card.calibration.logDeviation).toBeLessThan(unaware.card.calibration.logDeviation);
    const reason = aware.card.choices?.find(({ setting }) => setting === "threshold")?.reason;
    expect(reason).toContain("raised above what is known to be harmless");
    for (const model of [unaware, aware]) await model.close();
  });

  it("begin before they end", async () => {
    await expect(
      trainModel(frames, { ...quick, harmless: [{ fromMs: 2, toMs: 1 }] }),
    ).rejects.toThrow("trainModel: harmless must be stretches that begin before they end");
  });
});
