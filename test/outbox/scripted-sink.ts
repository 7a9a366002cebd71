import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { GatewayError } from "../../src/errors.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import {
  ALL_ACCEPTED,
  ALL_KINDS,
  type Delivery,
  type Sink,
  type WriteResult,
} from "../../src/sinks/sink.ts";
import { tempFolder } from "../temp-folder.ts";

export const unreachable: GatewayError = new GatewayError("SINK_UNREACHABLE", "no route", {
  retryable: true,
});
export const refused: GatewayError = new GatewayError("SINK_REJECTED", "answered 400");

export type Answer = (
  batch: readonly GatewayMessage[],
  signal: AbortSignal,
) => WriteResult | Promise<WriteResult>;

/** A sink of our own port that does as the test says, and remembers. */
export interface ScriptedSink {
  readonly sink: Sink;
  /** The ids of each batch it was asked to write, accepted or not. */
  readonly batches: readonly (readonly string[])[];
  /** Of each of them, how it came. */
  readonly deliveries: readonly (Delivery | undefined)[];
  /** What it does from now on; before, it accepts everything. */
  answer(answer: Answer): void;
}

export function scriptedSink(name = "cloud"): ScriptedSink {
  const batches: string[][] = [];
  const deliveries: (Delivery | undefined)[] = [];
  let answer: Answer = () => ALL_ACCEPTED;
  return {
    batches,
    deliveries,
    sink: {
      name,
      kinds: ALL_KINDS,
      async write(batch, signal, delivery) {
        batches.push(batch.map((event) => event.id));
        deliveries.push(delivery);
        return await answer(batch, signal);
      },
      close: vi.fn(async () => {}),
    },
    answer(next) {
      answer = next;
    },
  };
}

export function freshOutbox(): Outbox {
  const outbox = openOutbox(join(tempFolder(), "outbox.db"));
  onTestFinished(() => outbox.close());
  return outbox;
}

/** Never answers before it is told to stop. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(unreachable));
  });
}
