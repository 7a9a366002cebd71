import { Subject } from "rxjs";
import { expect } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { GatewayEvent } from "../../src/core/gateway-event.ts";
import type { ModelIdentity } from "../../src/core/model-card.ts";
import type { Reading } from "../../src/core/reading.ts";
import type { Tag } from "../../src/core/tag.ts";
import type { Gateway, GatewayOptions, MachineScore } from "../../src/gateway/gateway.ts";
import type { Model } from "../../src/model/model.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { trainModel } from "../../src/model/train-model.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { withFault } from "../trace-file.ts";
import { gatewayOf, handSource, readingsOf } from "./machine-gateway.ts";

/** Trained on another day, and on longer windows. */
export const successor: Model = await trainModel(machineFrames(600, { seed: 3 }), {
  name: "machine",
  version: "2",
  tags: machineTags,
  windowLength: 12,
});

/** A model that does not look at the temperature. */
export const withoutTemperature: Model = await trainModel(
  machineFrames(600).map((frame) => ({
    ...frame,
    values: frame.values.slice(0, 2),
    agesMs: frame.agesMs.slice(0, 2),
  })),
  { name: "machine", version: "3", tags: machineTags.slice(0, 2), windowLength: 8 },
);

/** The current is too high from row 80 to row 159. */
export const frames: readonly Frame[] = withFault(machineFrames(400, { seed: 7 }), 80, 160);
export const normal: readonly Frame[] = machineFrames(400, { seed: 7 });
export const endOf = (row: number): number => frames[row]?.timeMs ?? Number.NaN;

/** A receiver that is away: what goes out stays in the outbox. */
export const away: Sink = {
  name: "cloud",
  write: () => new Promise(() => {}),
  close: async () => {},
};

export interface Running {
  readonly gateway: Gateway;
  readonly source: Subject<Reading>;
  readonly events: readonly GatewayEvent[];
  readonly scores: readonly MachineScore[];
  /** Lets the source tell of the rows from the first on and before the last. */
  play(first: number, last: number, of?: readonly Frame[]): void;
  /** Resolves when the row has been scored. */
  scored(row: number): Promise<void>;
  modelNow(): ModelIdentity | undefined;
}

/** A gateway that runs on a source in the hand of the test. */
export async function run(
  options: Partial<GatewayOptions> = {},
  tags: readonly Tag[] = machineTags,
): Promise<Running> {
  const source = new Subject<Reading>();
  const gateway = gatewayOf({ sources: [handSource("plc", source, tags)], ...options });
  const events: GatewayEvent[] = [];
  const scores: MachineScore[] = [];
  void gateway.events.forEach((event) => void events.push(event));
  void gateway.scores.forEach((score) => void scores.push(score));
  await gateway.start();
  return {
    ...{ gateway, source, events, scores },
    play(first, last, of = frames) {
      for (const reading of readingsOf(of.slice(first, last))) source.next(reading);
    },
    scored: (row) => expect.poll(() => scores.at(-1)?.endMs, { timeout: 20_000 }).toBe(endOf(row)),
    modelNow: () => gateway.health().machines[0]?.model,
  };
}

/** A model that keeps its scores to itself until it is told. */
export function held(judge: Scorer): { readonly scorer: Scorer; release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const scorer: Scorer = {
    ...judge,
    score: (windows) => promise.then(() => judge.score(windows)),
  };
  return { scorer, release: resolve };
}

export const told = (events: readonly GatewayEvent[]): string[] =>
  events
    .filter(({ phase }) => phase !== "updated")
    .map(
      (event) => `${event.kind} ${event.phase}${"model" in event ? ` ${event.model.version}` : ""}`,
    );
