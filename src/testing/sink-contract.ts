import { afterEach, expect, it } from "vitest";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { GatewayError } from "../errors.ts";
import type { Sink } from "../sinks/sink.ts";
import { sampleEvent, sampleSensorFault } from "./sample-messages.ts";

/** Which message of which incident. */
export type MessageKey = Pick<GatewayEvent, "id" | "revision">;

/** A sink under test and its other end; made anew for every test. */
export interface SinkHarness {
  readonly sink: Sink;
  /** What has arrived downstream so far, in order, repetitions included. */
  received(): readonly MessageKey[] | Promise<readonly MessageKey[]>;
  /** Makes the next write fail as if the receiver were gone; leave it out when this sink has none. */
  disconnect?(): void | Promise<void>;
  /** Called after the test; the sink is closed by then. */
  dispose?(): void | Promise<void>;
}

/**
 * The promises that every sink keeps, as tests: call it inside `describe`.
 *
 * @example
 * describe("my sink", () => sinkContract(() => ({ sink: mySink(), received: () => arrived })));
 */
export function sinkContract(setup: () => SinkHarness | Promise<SinkHarness>): void {
  const batch = [
    sampleEvent({ id: "incident-1" }),
    sampleSensorFault({ id: "fault-1" }),
    sampleEvent({ id: "incident-1", revision: 1, phase: "closed" }),
  ];
  const running = new AbortController().signal;
  let harness: SinkHarness | undefined;

  const start = async (): Promise<SinkHarness> => {
    harness = await setup();
    return harness;
  };

  afterEach(async () => {
    await harness?.sink.close();
    await harness?.dispose?.();
    harness = undefined;
  });

  it("has a name", async () => {
    const { sink } = await start();
    expect(sink.name).not.toBe("");
  });

  it("has delivered a batch in order when it resolves", async () => {
    const { sink, received } = await start();
    const result = await sink.write(batch, running);
    expect(result).toEqual({ rejected: [], retry: [] });
    expect(await keys(received)).toEqual(keysOf(batch));
  });

  it("delivers one batch after the other", async () => {
    const { sink, received } = await start();
    for (const event of batch) await sink.write([event], running);
    expect(await keys(received)).toEqual(keysOf(batch));
  });

  it("takes an empty batch and delivers nothing", async () => {
    const { sink, received } = await start();
    expect(await sink.write([], running)).toEqual({ rejected: [], retry: [] });
    expect(await keys(received)).toEqual([]);
  });

  it("takes a message that it had before", async () => {
    const { sink, received } = await start();
    await sink.write(batch, running);
    expect(await sink.write(batch, running)).toEqual({ rejected: [], retry: [] });
    expect(await keys(received)).toEqual(expect.arrayContaining(keysOf(batch)));
  });

  it("keeps the batch when it is stopped", async () => {
    const { sink, received } = await start();
    const outcome = await outcomeOf(sink.write(batch, AbortSignal.abort()));
    // Whoever finished in spite of it must really have delivered.
    if (outcome === "delivered") expect(await keys(received)).toEqual(keysOf(batch));
    else expect(outcome).toMatchObject({ name: "GatewayError", retryable: true });
  });

  it("asks for another attempt when the receiver is gone", async (test) => {
    const { sink, disconnect } = await start();
    if (disconnect === undefined) return test.skip("this sink has no receiver");
    await disconnect();
    const outcome = await outcomeOf(sink.write(batch, running));
    expect(outcome).toMatchObject({ name: "GatewayError", retryable: true });
  });
}

async function keys(received: SinkHarness["received"]): Promise<MessageKey[]> {
  return keysOf(await received());
}

function keysOf(messages: readonly MessageKey[]): MessageKey[] {
  return messages.map(({ id, revision }) => ({ id, revision }));
}

async function outcomeOf(write: ReturnType<Sink["write"]>): Promise<"delivered" | GatewayError> {
  try {
    await write;
    return "delivered";
  } catch (error) {
    return error as GatewayError;
  }
}
