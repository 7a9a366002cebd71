import { join } from "node:path";
import { type Observable, of } from "rxjs";
import { onTestFinished } from "vitest";
import type { Frame } from "../../src/core/frame.ts";
import type { GatewayEvent } from "../../src/core/gateway-event.ts";
import type { Reading } from "../../src/core/reading.ts";
import type { Tag } from "../../src/core/tag.ts";
import { createGateway } from "../../src/gateway/create-gateway.ts";
import type { Gateway, GatewayOptions, MachineScore } from "../../src/gateway/gateway.ts";
import type { Model } from "../../src/model/model.ts";
import { trainModel } from "../../src/model/train-model.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import type { Source } from "../../src/sources/source.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";
import { withFault } from "../trace-file.ts";

/** A model of the small machine, trained once for all tests of a file. */
export const model: Model = await trainModel(machineFrames(600), {
  name: "machine",
  tags: machineTags,
  windowLength: 8,
});

/** 200 frames with a fault from row 80 to row 109. */
export const faultyFrames = (): Frame[] => withFault(machineFrames(200, { seed: 7 }), 80, 110);

/** A gateway with one machine that is stopped after the test. */
export function gatewayOf(options: Partial<GatewayOptions>): Gateway {
  const gateway = createGateway({
    name: "plant-7",
    sources: [],
    machines: [{ name: "pump-1", model }],
    handleSignals: false,
    ...options,
  });
  onTestFinished(() => gateway.stop());
  return gateway;
}

export function outboxIn(folder: string): Outbox {
  const outbox = openOutbox(join(folder, "outbox.db"));
  onTestFinished(() => outbox.close());
  return outbox;
}

/** Runs a gateway on a trace to its end. */
export async function replay(
  gateway: Gateway,
): Promise<{ events: GatewayEvent[]; scores: MachineScore[] }> {
  const events: GatewayEvent[] = [];
  const scores: MachineScore[] = [];
  const listening = [
    gateway.events.forEach((event) => void events.push(event)),
    gateway.scores.forEach((score) => void scores.push(score)),
  ];
  await gateway.start();
  await gateway.done;
  await gateway.stop();
  await Promise.all(listening);
  return { events, scores };
}

/** A source of our own port, driven by the test. */
export function handSource(
  name: string,
  readings: Observable<Reading>,
  tags: readonly Tag[] = machineTags,
): Source {
  return {
    name,
    tags,
    readings,
    status: of({ state: "live", sinceMs: 0, troubles: [], texts: {} }),
  };
}

export const readingsOf = (frames: readonly Frame[]): Reading[] =>
  frames.flatMap(({ timeMs, values }) =>
    machineTags.map(
      ({ name }, place): Reading => ({
        tag: name,
        timeMs,
        value: values[place] as number,
        quality: "good",
      }),
    ),
  );
