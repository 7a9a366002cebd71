import { describe, expect, it } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { GatewayError } from "../../src/errors.ts";
import { fanOut } from "../../src/sinks/fan-out.ts";
import { ALL_ACCEPTED, ALL_KINDS, type Sink } from "../../src/sinks/sink.ts";
import { sampleCapture, sampleEvent } from "../../src/testing/sample-messages.ts";
import { sinkContract } from "../../src/testing/sink-contract.ts";
import { refused, scriptedSink, unreachable } from "../outbox/scripted-sink.ts";

const running = new AbortController().signal;
const batch = ["a", "b", "c"].map((id) => sampleEvent({ id }));

function pair() {
  const left = scriptedSink("left");
  const right = scriptedSink("right");
  return { left, right, sink: fanOut(left.sink, right.sink) };
}

describe("fan-out", () => {
  sinkContract(() => {
    const { left, right, sink } = pair();
    const received: GatewayMessage[] = [];
    right.answer((messages) => {
      received.push(...messages);
      return ALL_ACCEPTED;
    });
    return {
      sink,
      received: () => received,
      disconnect: () => left.answer(() => Promise.reject(unreachable)),
    };
  });

  it("writes to all, is named after them, and closes them", async () => {
    const { left, right, sink } = pair();
    expect(sink.name).toBe("left+right");
    await sink.write(batch, running, { isReplay: true });
    expect(left.batches).toEqual([["a", "b", "c"]]);
    expect(right.batches).toEqual([["a", "b", "c"]]);
    expect(right.deliveries).toEqual([{ isReplay: true }]);
    await sink.close();
    expect(left.sink.close).toHaveBeenCalledTimes(1);
    expect(right.sink.close).toHaveBeenCalledTimes(1);
  });

  it("waits for one that is away, and does not trouble the other again", async () => {
    const { left, right, sink } = pair();
    left.answer(() => Promise.reject(unreachable));
    await expect(sink.write(batch, running)).rejects.toBe(unreachable);
    await expect(sink.write(batch, running)).rejects.toBe(unreachable);
    left.answer(() => ALL_ACCEPTED);
    expect(await sink.write(batch, running)).toEqual(ALL_ACCEPTED);
    expect(right.batches).toEqual([["a", "b", "c"]]);
    expect(left.batches).toHaveLength(3);
  });

  it("gives each what it takes, and says which messages it means", async () => {
    const events = scriptedSink("events");
    const all = scriptedSink("all");
    const { kinds: _, ...eventsOnly } = events.sink;
    events.answer(() => ({ rejected: [{ index: 1, reason: "too large" }], retry: [] }));
    all.answer(() => ({ rejected: [], retry: [0] }));
    const sink: Sink = fanOut(eventsOnly, all.sink);
    expect([...(sink.kinds ?? [])].sort()).toEqual([...ALL_KINDS].sort());
    const mixed = [sampleCapture({ id: "x" }), ...batch.slice(0, 2)];
    expect(await sink.write(mixed, running)).toEqual({
      rejected: [{ index: 2, reason: "too large" }],
      retry: [0],
    });
    expect(events.batches).toEqual([["a", "b"]]);
    expect(all.batches).toEqual([["x", "a", "b"]]);
  });

  it("asks for another attempt before it refuses for good", async () => {
    const { left, right, sink } = pair();
    left.answer(() => Promise.reject(refused));
    right.answer(() => Promise.reject(unreachable));
    await expect(sink.write(batch, running)).rejects.toBe(unreachable);
    right.answer(() => ALL_ACCEPTED);
    await expect(sink.write(batch, running)).rejects.toBe(refused);
  });

  it("needs a sink", () => {
    expect(() => fanOut()).toThrow(GatewayError);
  });
});
