import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { fallback } from "../../src/sinks/fallback.ts";
import { ALL_ACCEPTED } from "../../src/sinks/sink.ts";
import { sampleCapture, sampleEvent } from "../../src/testing/sample-messages.ts";
import { sinkContract } from "../../src/testing/sink-contract.ts";
import { freshOutbox, refused, scriptedSink, unreachable } from "../outbox/scripted-sink.ts";
import { pass, rest, virtualTime } from "../outbox/virtual-time.ts";

const running = new AbortController().signal;
const batch = ["a", "b"].map((id) => sampleEvent({ id }));

function pair(afterMs?: number) {
  const first = scriptedSink("cloud");
  const second = scriptedSink("file");
  const sink = fallback(first.sink, second.sink, afterMs === undefined ? {} : { afterMs });
  return { first, second, sink };
}

describe("fallback", () => {
  sinkContract(() => {
    const { first, sink } = pair();
    const received: GatewayMessage[] = [];
    first.answer((messages, signal) => {
      if (signal.aborted) return Promise.reject(unreachable);
      received.push(...messages);
      return ALL_ACCEPTED;
    });
    return {
      sink,
      received: () => received,
      disconnect: () => first.answer(() => Promise.reject(unreachable)),
    };
  });

  describe("to the second sink", () => {
    sinkContract(() => {
      const { first, second, sink } = pair(0);
      const received: GatewayMessage[] = [];
      first.answer(() => Promise.reject(unreachable));
      second.answer((messages) => {
        received.push(...messages);
        return ALL_ACCEPTED;
      });
      return {
        sink,
        received: () => received,
        disconnect: () => second.answer(() => Promise.reject(unreachable)),
      };
    });
  });

  it("goes to the second when the first has been away for long enough, and back by itself", async () => {
    virtualTime();
    const { first, second, sink } = pair(30_000);
    first.answer(() => Promise.reject(unreachable));
    await expect(sink.write(batch, running)).rejects.toBe(unreachable);
    vi.advanceTimersByTime(29_000);
    await expect(sink.write(batch, running)).rejects.toBe(unreachable);
    expect(second.batches).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(await sink.write(batch, running)).toEqual(ALL_ACCEPTED);
    expect(second.batches).toEqual([["a", "b"]]);

    first.answer(() => ALL_ACCEPTED);
    await sink.write(batch, running);
    expect(second.batches).toHaveLength(1);
    first.answer(() => Promise.reject(unreachable));
    await expect(sink.write(batch, running)).rejects.toBe(unreachable);
  });

  it("leaves to the first what it refuses or puts off", async () => {
    const { first, second, sink } = pair(0);
    first.answer(() => Promise.reject(refused));
    await expect(sink.write(batch, running)).rejects.toBe(refused);
    first.answer(() => ({ rejected: [{ index: 0, reason: "too large" }], retry: [1] }));
    expect(await sink.write(batch, running)).toMatchObject({ retry: [1] });
    expect(second.batches).toEqual([]);
  });

  it("keeps for the first what the second does not take", async () => {
    const first = scriptedSink("cloud");
    const second = scriptedSink("file");
    first.answer(() => Promise.reject(unreachable));
    const sink = fallback(first.sink, { ...second.sink, kinds: ["anomaly"] }, { afterMs: 0 });
    await expect(sink.write([sampleCapture()], running)).rejects.toBe(unreachable);
    await sink.write(batch, running);
    expect(second.batches).toEqual([["a", "b"]]);
  });

  it("lets an outbox drain into the second sink during a long outage", async () => {
    virtualTime();
    const { first, second, sink } = pair();
    first.answer(() => Promise.reject(unreachable));
    const forwarding = storeAndForward(sink, freshOutbox(), { random: () => 0.5 });
    onTestFinished(() => forwarding.close());
    await forwarding.write(batch, running);
    await pass(180_000, 1000);
    expect(second.batches.flat()).toEqual(["a", "b"]);
    first.answer(() => ALL_ACCEPTED);
    await forwarding.write([sampleEvent({ id: "c" })], running);
    await rest();
    expect(first.batches.at(-1)).toEqual(["c"]);
    expect(second.batches.flat()).toEqual(["a", "b"]);
  });

  it("is named after the first, unless it is told, and closes both", async () => {
    const { first, second, sink } = pair();
    expect(sink.name).toBe("cloud");
    expect(fallback(first.sink, second.sink, { name: "way out" }).name).toBe("way out");
    await sink.close();
    expect(first.sink.close).toHaveBeenCalledTimes(1);
    expect(second.sink.close).toHaveBeenCalledTimes(1);
  });

  it.each([{ afterMs: -1 }, { afterMs: Number.NaN }, { after: 5 } as object])(
    "cannot be made with %o",
    (options) => {
      const make = () => fallback(scriptedSink().sink, scriptedSink().sink, options);
      expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    },
  );
});
