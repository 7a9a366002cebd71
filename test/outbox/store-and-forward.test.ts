import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { encodeMessage } from "../../src/math/message-json.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import {
  type StoreAndForwardOptions,
  type StoreAndForwardSink,
  storeAndForward,
} from "../../src/outbox/store-and-forward.ts";
import { ALL_ACCEPTED, type Sink } from "../../src/sinks/sink.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { sinkContract } from "../../src/testing/sink-contract.ts";
import { tempFolder } from "../temp-folder.ts";
import { freshOutbox, refused, scriptedSink, unreachable, untilAborted } from "./scripted-sink.ts";

const running = new AbortController().signal;
const events = ["a", "b", "c", "d"].map((id) => sampleEvent({ id }));

/** Waits next to nothing between attempts. */
function forward(sink: Sink, outbox: Outbox, options: StoreAndForwardOptions = {}) {
  const forwarding = storeAndForward(sink, outbox, { retryFirstMs: 1, retryMaxMs: 2, ...options });
  onTestFinished(() => forwarding.close());
  return forwarding;
}

const settled = (forwarding: StoreAndForwardSink) =>
  vi.waitUntil(() => forwarding.stats().pending === 0, 10_000);

describe("store and forward", () => {
  sinkContract(() => {
    const delivered: GatewayMessage[] = [];
    const { sink, answer } = scriptedSink();
    answer((batch) => {
      delivered.push(...batch);
      return ALL_ACCEPTED;
    });
    const outbox = openOutbox(join(tempFolder(), "outbox.db"));
    const forwarding = storeAndForward(sink, outbox);
    return {
      sink: forwarding,
      async received() {
        await settled(forwarding);
        return delivered;
      },
      dispose: () => outbox.close(),
    };
  });

  it("acknowledges a batch while the receiver is silent", async () => {
    const { sink, answer } = scriptedSink();
    answer((_, signal) => untilAborted(signal));
    const forwarding = forward(sink, freshOutbox());
    await forwarding.write(events, running);
    await forwarding.write([sampleEvent({ id: "e" })], running);
    expect(forwarding.stats()).toMatchObject({ pending: 5, delivered: 0 });
  });

  it("delivers in order, in batches of the length asked for", async () => {
    const { sink, batches } = scriptedSink();
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events);
    const forwarding = forward(sink, outbox, { batchLength: 3 });
    await settled(forwarding);
    expect(batches).toEqual([["a", "b", "c"], ["d"]]);
    expect(forwarding.stats()).toEqual({
      ...{ pending: 0, deadLetters: 0, dropped: 0, delivered: 4, refused: 0, retried: 0 },
      deliveredBytes: events.reduce((sum, event) => sum + encodeMessage(event).length, 0),
    });
  });

  it("delivers what an earlier run left", async () => {
    const outbox = freshOutbox();
    const gone = scriptedSink();
    gone.answer(() => Promise.reject(unreachable));
    const first = storeAndForward(gone.sink, outbox);
    await first.write(events, running);
    await first.close();

    const { sink, batches } = scriptedSink();
    await settled(forward(sink, outbox));
    expect(batches).toEqual([["a", "b", "c", "d"]]);
  });

  it("tries again after a retryable error, says why meanwhile, and forgets it after", async () => {
    const { sink, batches, answer } = scriptedSink();
    answer(() => Promise.reject(unreachable));
    const forwarding = forward(sink, freshOutbox());
    await forwarding.write(events, running);
    await vi.waitUntil(() => batches.length >= 3);
    expect(forwarding.stats()).toMatchObject({ pending: 4, delivered: 0, lastError: unreachable });
    expect(forwarding.stats().retried).toBeGreaterThanOrEqual(4);

    answer(() => ALL_ACCEPTED);
    await settled(forwarding);
    expect(forwarding.stats()).toMatchObject({ deadLetters: 0, delivered: 4, refused: 0 });
    expect(forwarding.stats()).not.toHaveProperty("lastError");
  });

  it("does to each event what the sink says of it", async () => {
    const { sink, batches, answer } = scriptedSink();
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events);
    answer((batch) =>
      batch.length === 4
        ? { rejected: [{ index: 1, reason: "too large" }], retry: [2] }
        : ALL_ACCEPTED,
    );
    const forwarding = forward(sink, outbox);
    await settled(forwarding);
    expect(batches).toEqual([["a", "b", "c", "d"], ["c"]]);
    expect(forwarding.stats()).toMatchObject({ deadLetters: 1, delivered: 3, retried: 1 });
  });

  it("sends a poisoned event to the dead letters and delivers its neighbours", async () => {
    const { sink, answer } = scriptedSink();
    const delivered: string[] = [];
    answer((batch) => {
      if (batch.some((event) => event.id === "b")) return Promise.reject(refused);
      delivered.push(...batch.map((event) => event.id));
      return ALL_ACCEPTED;
    });
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events);
    const forwarding = forward(sink, outbox);
    await settled(forwarding);
    expect(delivered).toEqual(["a", "c", "d"]);
    expect(forwarding.stats()).toMatchObject({ deadLetters: 1, delivered: 3 });
  });

  it("loses nothing when the receiver goes away while it looks for the poison", async () => {
    const { sink, answer } = scriptedSink();
    const delivered: string[] = [];
    let isGone = true;
    answer((batch) => {
      if (batch.some((event) => event.id === "b")) return Promise.reject(refused);
      if (batch.some((event) => event.id === "c") && isGone) {
        isGone = false;
        return Promise.reject(unreachable);
      }
      delivered.push(...batch.map((event) => event.id));
      return ALL_ACCEPTED;
    });
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(events);
    const forwarding = forward(sink, outbox);
    await settled(forwarding);
    expect(delivered).toEqual(["a", "c", "d"]);
    expect(forwarding.stats()).toMatchObject({ deadLetters: 1, delivered: 3 });
  });

  it("delivers to every sink of an outbox, each at its own pace", async () => {
    const outbox = freshOutbox();
    const cloud = scriptedSink("cloud");
    const file = scriptedSink("file");
    cloud.answer(() => Promise.reject(unreachable));
    const toCloud = forward(cloud.sink, outbox);
    const toFile = forward(file.sink, outbox);
    await Promise.all([toCloud.write(events, running), toFile.write(events, running)]);
    await settled(toFile);
    expect(toCloud.stats().pending).toBe(4);
    cloud.answer(() => ALL_ACCEPTED);
    await settled(toCloud);
  });

  it("counts what the outbox has no room for, and hands it back", async () => {
    const outbox = openOutbox(join(tempFolder(), "outbox.db"), { maxBytes: 1024 * 1024 });
    onTestFinished(() => outbox.close());
    const forwarding = forward(scriptedSink().sink, outbox);
    const huge = [sampleEvent({ machine: "m".repeat(2 * 1024 * 1024) })];
    await expect(forwarding.write(huge, running)).rejects.toMatchObject({
      code: "OUTBOX_FULL",
      retryable: true,
    });
    expect(forwarding.stats()).toMatchObject({ refused: 1, pending: 0 });
  });

  it.each([
    ...[0, -1, 0.5, Number.NaN].map((batchLength) => ({ batchLength })),
    { batchBytes: 0 },
    { maxTries: 0 },
    { maxBytesPerS: 0 },
    { maxBytesPerS: Number.POSITIVE_INFINITY },
    { lingerMs: -1 },
    { replayAfterMs: 0 },
    { lingerMs: 5000, replayAfterMs: 5000 },
    { order: "newest-first" as "live-first" },
    { retryFirstMs: 0 },
    { batchSize: 5 } as object,
  ])("cannot be made with %o", (options) => {
    const make = () => storeAndForward(scriptedSink().sink, freshOutbox(), options);
    expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});
