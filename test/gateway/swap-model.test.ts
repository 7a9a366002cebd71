import { from, NEVER, Subject } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { GatewayEvent } from "../../src/core/gateway-event.ts";
import type { Reading } from "../../src/core/reading.ts";
import type { Tag } from "../../src/core/tag.ts";
import { GatewayError } from "../../src/errors.ts";
import type { Gateway, GatewayOptions, MachineScore } from "../../src/gateway/gateway.ts";
import type { Model } from "../../src/model/model.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { PRESSURE, repeat, withSensor } from "../sensor-frames.ts";
import { tempFolder } from "../temp-folder.ts";
import { withFault } from "../trace-file.ts";
import { gatewayOf, handSource, model, outboxIn, readingsOf, replay } from "./machine-gateway.ts";

/** Trained on another day, and on longer windows. */
const successor: Model = await trainModel(machineFrames(600, { seed: 3 }), {
  name: "machine",
  version: "2",
  tags: machineTags,
  windowLength: 12,
});

/** A model that does not look at the temperature. */
const withoutTemperature: Model = await trainModel(
  machineFrames(600).map((frame) => ({
    ...frame,
    values: frame.values.slice(0, 2),
    agesMs: frame.agesMs.slice(0, 2),
  })),
  { name: "machine", version: "3", tags: machineTags.slice(0, 2), windowLength: 8 },
);

const frames = withFault(machineFrames(400, { seed: 7 }), 80, 160);
const sink = { name: "cloud", write: () => new Promise<never>(() => {}), close: async () => {} };

interface Running {
  readonly gateway: Gateway;
  readonly events: readonly GatewayEvent[];
  readonly scores: readonly MachineScore[];
  /** Lets the source tell of some frames. */
  play(from: number, to: number, of?: readonly Frame[]): void;
  /** Resolves when the newest window has been scored. */
  caughtUp(row: number): Promise<void>;
}

/** A gateway that runs on a source in the hand of the test. */
async function run(
  options: Partial<GatewayOptions> = {},
  tags: readonly Tag[] = machineTags,
): Promise<Running & { source: Subject<Reading> }> {
  const source = new Subject<Reading>();
  const gateway = gatewayOf({ sources: [handSource("plc", source, tags)], ...options });
  const events: GatewayEvent[] = [];
  const scores: MachineScore[] = [];
  gateway.events.subscribe((event) => events.push(event));
  gateway.scores.subscribe((score) => scores.push(score));
  await gateway.start();
  return {
    gateway,
    source,
    events,
    scores,
    play(first, last, of = frames) {
      for (const reading of readingsOf(of.slice(first, last))) source.next(reading);
    },
    caughtUp: (row) =>
      expect
        .poll(() => scores.at(-1)?.endMs, { timeout: 20_000 })
        .toBe(frames[row - 1]?.timeMs),
  };
}

describe("swapping the model of a running gateway", () => {
  it("scores every frame before with the old model, every frame after with the new one, and none twice", async () => {
    const { gateway, scores, play } = await run();
    play(0, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    play(40, 70);
    await swapped;
    expect(gateway.health().machines[0]?.model).toEqual(successor.identity);
    play(70, 75);
    await gateway.stop();
    // 40 frames make 33 windows of 8, and 35 make 24 of 12.
    const ends = frames.slice(0, 75).map(({ timeMs }) => timeMs);
    expect(scores.map(({ endMs }) => endMs)).toEqual([...ends.slice(7, 40), ...ends.slice(51)]);
    const { counters } = gateway.health();
    expect(counters).toMatchObject({ readings: 225, frames: 75, windows: 57 });
    expect(new Set(Object.values(counters.drops))).toEqual(new Set([0]));
  });

  it("scores as either model does by itself", async () => {
    const { gateway, scores, play } = await run();
    play(0, 40);
    const swapped = gateway.swapModel("pump-1", successor);
    play(40, 75);
    await swapped;
    await gateway.stop();
    const alone = async (some: readonly Frame[], judge: Scorer): Promise<number[]> => {
      const sources = [handSource("plc", from(readingsOf(some)))];
      const played = await replay(
        gatewayOf({ sources, machines: [{ name: "pump-1", model: judge }] }),
      );
      return played.scores.map(({ value }) => value);
    };
    const expected = [
      ...(await alone(frames.slice(0, 40), model)),
      ...(await alone(frames.slice(40, 75), successor)),
    ];
    expect(scores.length).toBe(expected.length);
    scores.forEach(({ value }, place) => expect(value).toBeCloseTo(expected[place] ?? NaN, 4));
  });
});
