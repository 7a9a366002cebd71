import { describe, expect, it, onTestFinished } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { encodeMessage } from "../../src/math/message-json.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import {
  type StoreAndForwardOptions,
  storeAndForward,
} from "../../src/outbox/store-and-forward.ts";
import { ALL_ACCEPTED, type Sink } from "../../src/sinks/sink.ts";
import {
  sampleCapture,
  sampleEvent,
  sampleLabel,
  sampleSummary,
} from "../../src/testing/sample-messages.ts";
import { freshOutbox, scriptedSink, unreachable } from "./scripted-sink.ts";
import { pass, rest, virtualTime } from "./virtual-time.ts";

const running = new AbortController().signal;
const events = (...ids: string[]) => ids.map((id) => sampleEvent({ id }));
const bytes = (message: GatewayMessage) => Buffer.byteLength(encodeMessage(message));

/** Waits for exactly a second at first, so that a test can say when. */
function forward(sink: Sink, outbox: Outbox, options: StoreAndForwardOptions = {}) {
  const forwarding = storeAndForward(sink, outbox, {
    ...{ retryFirstMs: 1000, random: () => 1 - Number.EPSILON },
    ...options,
  });
  onTestFinished(() => forwarding.close());
  return forwarding;
}

describe("a batch", () => {
  it("ends before it has too many bytes, but has one message at least", async () => {
    virtualTime();
    const outbox = freshOutbox();
    const small = events("a", "b", "c");
    const large = sampleEvent({ id: "large", machine: "m".repeat(5000) });
    await outbox.queue("cloud").append([...small, large, ...events("d")]);
    const { sink, batches } = scriptedSink();
    forward(sink, outbox, { batchBytes: 2 * bytes(small[0] ?? large) });
    await rest();
    expect(batches).toEqual([["a", "b"], ["c"], ["large"], ["d"]]);
  });

  it("goes at once, unless it is told to linger", async () => {
    virtualTime();
    const { sink, batches } = scriptedSink();
    const forwarding = forward(sink, freshOutbox());
    await forwarding.write(events("a"), running);
    await rest();
    expect(batches).toEqual([["a"]]);
  });

  it("lingers for more until its oldest message has waited long enough", async () => {
    virtualTime();
    const { sink, batches } = scriptedSink();
    const forwarding = forward(sink, freshOutbox(), { lingerMs: 10_000 });
    await forwarding.write(events("a"), running);
    await pass(6000);
    await forwarding.write(events("b"), running);
    await pass(3900);
    expect(batches).toEqual([]);
    await pass(200);
    expect(batches).toEqual([["a", "b"]]);
    await forwarding.write(events("c"), running);
    await pass(9900);
    expect(batches).toHaveLength(1);
    await pass(200);
    expect(batches).toEqual([["a", "b"], ["c"]]);
  });

  it("does not linger once it is full, by count or by bytes", async () => {
    virtualTime();
    const { sink, batches } = scriptedSink();
    const forwarding = forward(sink, freshOutbox(), {
      ...{ lingerMs: 10_000, batchLength: 3, batchBytes: 6000 },
    });
    await forwarding.write(events("a", "b", "c", "d"), running);
    await rest();
    expect(batches).toEqual([["a", "b", "c"]]);
    await forwarding.write([sampleEvent({ id: "large", machine: "m".repeat(6000) })], running);
    await rest();
    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("lingers no longer because the clock was set back", async () => {
    virtualTime(Date.UTC(2026, 0, 2));
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events("a"));
    virtualTime(Date.UTC(2026, 0, 1));
    const { sink, batches } = scriptedSink();
    forward(sink, outbox, { lingerMs: 10_000 });
    await rest();
    expect(batches).toEqual([["a"]]);
  });

  it("is all late or all live, and says which", async () => {
    virtualTime();
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events("a", "b"));
    await pass(40_000, 40_000);
    await outbox.queue("cloud").append(events("c"));
    const { sink, batches, deliveries } = scriptedSink();
    forward(sink, outbox, { replayAfterMs: 30_000 });
    await rest();
    expect(batches).toEqual([["a", "b"], ["c"]]);
    expect(deliveries).toEqual([{ isReplay: true }, { isReplay: false }]);
  });

  it("has only what the sink takes; nothing else is stored", async () => {
    virtualTime();
    const outbox = freshOutbox();
    // What another run stored, when the sink took more.
    await outbox.queue("cloud").append([sampleCapture(), ...events("a")]);
    const { sink, batches } = scriptedSink();
    const forwarding = forward({ ...sink, kinds: ["anomaly", "label"] }, outbox);
    await forwarding.write([sampleCapture(), sampleSummary(), sampleLabel()], running);
    await rest();
    expect(batches.flat()).toEqual(["a", sampleLabel().id]);
    expect(forwarding.stats()).toMatchObject({ pending: 0, delivered: 2 });
  });

  it("has events alone where the sink does not say what it takes", async () => {
    virtualTime();
    const { sink, batches } = scriptedSink();
    const { kinds: _, ...plain } = sink;
    const forwarding = forward(plain, freshOutbox());
    await forwarding.write([sampleCapture(), ...events("a"), sampleLabel()], running);
    await rest();
    expect(batches).toEqual([["a"]]);
  });
});

describe("after an outage", () => {
  /** An outage with a backlog of a to d; what comes after it is new. */
  async function outage(order: "oldest-first" | "live-first") {
    virtualTime();
    const { sink, batches, answer } = scriptedSink();
    answer(() => Promise.reject(unreachable));
    const forwarding = forward(sink, freshOutbox(), { order, retryMaxMs: 1000 });
    await forwarding.write(events("a", "b", "c", "d"), running);
    await pass(10_000);
    return { batches, answer, forwarding };
  }

  it("goes on with the oldest, and fills the batches again by and by", async () => {
    const { batches, answer, forwarding } = await outage("oldest-first");
    answer(() => ALL_ACCEPTED);
    await forwarding.write(events("e", "f", "g", "h"), running);
    const failed = batches.length;
    await pass(1000);
    expect(batches.slice(failed)).toEqual([["a"], ["b", "c"], ["d", "e", "f", "g"], ["h"]]);
  });

  it("goes on with what is new, where that is asked for, and then with the backlog", async () => {
    const { batches, answer, forwarding } = await outage("live-first");
    answer(() => ALL_ACCEPTED);
    await forwarding.write(events("e", "f", "g"), running);
    const failed = batches.length;
    await pass(1000);
    expect(batches.slice(failed).flat()).toEqual(["e", "f", "g", "a", "b", "c", "d"]);
    await forwarding.write(events("h"), running);
    await rest();
    expect(batches.at(-1)).toEqual(["h"]);
    expect(forwarding.stats().pending).toBe(0);
  });

  it("takes what an earlier run left for backlog, too", async () => {
    virtualTime();
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events("a", "b", "c"));
    const { sink, batches } = scriptedSink();
    const forwarding = forward(sink, outbox, { order: "live-first", batchLength: 1 });
    await forwarding.write(events("d"), running);
    await rest();
    expect(batches.flat().toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(batches.flat().indexOf("d")).toBeLessThan(3);
  });
});

describe("a limit of bytes a second", () => {
  it("holds on average, whatever the size of the messages", async () => {
    virtualTime();
    const messages = Array.from({ length: 200 }, (_, index) => sampleEvent({ id: `e${index}` }));
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(messages);
    const { sink } = scriptedSink();
    const maxBytesPerS = 3.5 * bytes(sampleEvent({ id: "e100" }));
    const forwarding = forward(sink, outbox, { maxBytesPerS });
    await pass(20_000, 50);
    const { deliveredBytes } = forwarding.stats();
    expect(deliveredBytes).toBeGreaterThan(0.9 * 20 * maxBytesPerS);
    expect(deliveredBytes).toBeLessThan(21 * maxBytesPerS);
  });

  it("does not keep a message that is larger than what goes in a second", async () => {
    virtualTime();
    const { sink, batches } = scriptedSink();
    const outbox = freshOutbox();
    const [first, second] = events("a", "b");
    if (!first || !second) throw new Error("two events");
    await outbox.queue("cloud").append([first, second]);
    forward(sink, outbox, { maxBytesPerS: bytes(first) / 10 });
    await pass(9900);
    expect(batches).toEqual([["a"]]);
    await pass(200);
    expect(batches).toEqual([["a"], ["b"]]);
  });

  it("saves nothing up while there is nothing to send", async () => {
    virtualTime();
    const { sink } = scriptedSink();
    const [message] = events("a");
    if (!message) throw new Error("an event");
    const forwarding = forward(sink, freshOutbox(), { maxBytesPerS: bytes(message) });
    await pass(100_000);
    await forwarding.write(events("a", "b", "c", "d"), running);
    await pass(1500, 50);
    expect(forwarding.stats().delivered).toBe(2);
  });
});
