import { describe, expect, it } from "vitest";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { Score } from "../../src/core/score.ts";
import type { WindowCapture } from "../../src/core/window-capture.ts";
import { encodeMessage } from "../../src/math/message-json.ts";
import { createRandom } from "../../src/math/random.ts";
import { createCapturer } from "../../src/truth/capture-windows.ts";
import {
  captureAll,
  HOUR_MS,
  type Minute,
  plainModel,
  START_MS,
  scoredMinutes,
  weightOf,
} from "./captured-machine.ts";

/** Days of a machine that mostly runs at one load, one hour in twelve at another, and in bursts comes close to its threshold and passes it. */
function days(count: number, seed: number): readonly [Score, FrameWindow][] {
  const random = createRandom(seed);
  return scoredMinutes(
    Array.from({ length: count * 1440 }, (_, minute): Minute => {
      const isOtherLoad = Math.floor(minute / 60) % 12 === 5;
      const isBurst = Math.floor(minute / 30) % 50 === 7;
      const load = isOtherLoad ? 6 : 0;
      return {
        value:
          (isOtherLoad ? 1 : 0) +
          (isBurst ? 3.6 : 0) +
          (isBurst && minute % 30 > 20 ? 2 : 0) +
          0.3 * random.normal(),
        place: [load + 0.1 * random.normal(), 0.1 * random.normal()],
      };
    }),
  );
}

/** Captured at the rare load. */
const isRare = ({ inputs }: WindowCapture): boolean =>
  Buffer.from(inputs[0]?.data ?? "", "base64").readFloatLE(0) > 3;

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the budget of drawn windows", () => {
  it("is never passed in any 24 hours, by the time of the windows and by that of the draw, and is used", async () => {
    const bytesPerDay = 300_000;
    const all = days(4, 1).filter((_, minute) => minute < 2000 || minute > 3500); // and an outage of a day
    const drawn: { endMs: number; drawnMs: number; bytes: number }[] = [];
    const capturer = createCapturer({
      gateway: "gateway-1",
      machine: "pump-1",
      model: plainModel(),
      bytesPerDay,
      onCapture(capture) {
        const bytes = Buffer.byteLength(encodeMessage(capture));
        drawn.push({ endMs: capture.endMs, drawnMs, bytes });
      },
    });
    let drawnMs = 0;
    for (const [score, window] of all) {
      capturer.scored(score, window);
      await new Promise(setImmediate); // until what was drawn by now is handed on
      drawnMs = score.endMs;
    }
    await capturer.close();
    const spentFrom = (time: "endMs" | "drawnMs", fromMs: number): number =>
      drawn
        .filter((one) => one[time] >= fromMs && one[time] < fromMs + 24 * HOUR_MS)
        .reduce((sum, { bytes }) => sum + bytes, 0);
    const most = (time: "endMs" | "drawnMs"): number =>
      Math.max(...drawn.map((one) => spentFrom(time, one[time])));
    expect(most("endMs")).toBeLessThanOrEqual(bytesPerDay);
    expect(most("drawnMs")).toBeLessThanOrEqual(bytesPerDay);
    expect(spentFrom("endMs", START_MS)).toBeGreaterThan(0.65 * bytesPerDay);
  });

  it("is spread evenly: no hour of the day goes without", async () => {
    const { captures } = await captureAll(days(1, 2), { bytesPerDay: 300_000 });
    const hours = new Set(captures.map(({ endMs }) => new Date(endMs).getUTCHours()));
    expect(hours.size).toBe(24);
  });

  it("gives its share to what is close to the threshold, to what is new, and to rare operating points", async () => {
    const { captures } = await captureAll(days(2, 3), { bytesPerDay: 300_000 });
    const near = captures.filter(({ reason }) => reason === "near-threshold");
    expect(near.length).toBeGreaterThan(5);
    for (const { score } of near) expect(Math.abs(score - 4)).toBeLessThanOrEqual(0.5);
    const novel = captures.filter(({ reason }) => reason === "novel");
    expect(novel.length).toBeGreaterThan(1); // the first window, and the first at the rare load
    expect(captures.filter(isRare).length).toBeGreaterThan(0);
  });

  it("weighs rare operating points down again: their share of the sample is larger than their share of the time", async () => {
    const random = createRandom(5);
    const mixed = scoredMinutes(
      Array.from({ length: 1440 }, () => ({
        value: 0,
        place: [random.uniform() < 0.05 ? 6 : 0, 0.01 * random.normal()] as const,
      })),
    );
    const { captures } = await captureAll(mixed, { bytesPerDay: 300_000 });
    const rare = captures.filter(isRare);
    expect(rare.length / captures.length).toBeGreaterThan(0.15);
    expect(weightOf(rare) / weightOf(captures)).toBeLessThan(0.08);
    expect(weightOf(captures)).toBeCloseTo(1440, 6);
  });

  it("estimates the mean score of all windows without bias, by the inverse of their chances", async () => {
    const all = days(1, 6);
    const truth = meanOf(all.map(([{ value }]) => value));
    const estimates: number[] = [];
    for (let seed = 0; seed < 60; seed += 1) {
      const { captures, counts } = await captureAll(all, { bytesPerDay: 150_000, seed });
      expect(counts.event).toBeGreaterThan(0); // certain ones among them
      const sum = captures.reduce(
        (total, { score, inclusionProbability }) => total + score / inclusionProbability,
        0,
      );
      estimates.push(sum / all.length);
    }
    const average = meanOf(estimates);
    const variance = meanOf(estimates.map((estimate) => (estimate - average) ** 2));
    expect(Math.abs(average - truth)).toBeLessThan(4 * Math.sqrt(variance / estimates.length));
    expect(variance).toBeGreaterThan(0);
  });

  it("is drawn in the same way when the same windows come again, and in another with another seed", async () => {
    const all = days(1, 7);
    const first = await captureAll(all, { bytesPerDay: 150_000 });
    expect(await captureAll(all, { bytesPerDay: 150_000 })).toEqual(first);
    const other = await captureAll(all, { bytesPerDay: 150_000, seed: 1 });
    expect(other.captures.map(({ id }) => id)).not.toEqual(first.captures.map(({ id }) => id));
    expect(Math.abs(other.captures.length - first.captures.length)).toBeLessThanOrEqual(2);
  });

  it("takes from a warning threshold to as far above the threshold for close", async () => {
    const model = plainModel({ eventRule: { onDelayMs: 1e9, offDelayMs: 0, deadband: 0 } });
    const scored = scoredMinutes(
      [2.9, 3, 4.9, 5.1].map((value) => ({ value, warningThreshold: 3 })),
    );
    const { captures } = await captureAll([...scoredMinutes([{ value: 0 }]), ...scored], {
      model,
      bytesPerDay: 1e9,
    });
    const reasons = captures.map(({ score, reason }) => [score, reason]);
    expect(reasons).toContainEqual([2.9, "random"]);
    expect(reasons).toContainEqual([3, "near-threshold"]);
    expect(reasons).toContainEqual([4.9, "near-threshold"]);
    expect(reasons).toContainEqual([5.1, "random"]);
  });

  it.each([
    { given: { bytesPerDay: -1 }, says: "bytesPerDay must not be negative" },
    { given: { bytesPerDay: 5000 }, says: "bytesPerDay must hold 6 captures" },
    { given: { bytesADay: 1 }, says: 'no option "bytesADay"' },
  ])("is refused as $given", ({ given, says }) => {
    const create = () =>
      createCapturer({
        gateway: "g",
        machine: "m",
        model: plainModel(),
        onCapture: () => {},
        ...given,
      });
    expect(create).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(says) }),
    );
  });
});
