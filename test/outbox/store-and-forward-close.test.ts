import { describe, expect, it, vi } from "vitest";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { ALL_ACCEPTED } from "../../src/sinks/sink.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { freshOutbox, refused, scriptedSink, unreachable, untilAborted } from "./scripted-sink.ts";

const running = new AbortController().signal;
const events = ["a", "b", "c", "d"].map((id) => sampleEvent({ id }));

describe("closing store and forward", () => {
  it("stops the running write, waits for it, and leaves the outbox open", async () => {
    const { sink, batches, answer } = scriptedSink();
    let finished = false;
    answer(async (_, signal) => {
      await untilAborted(signal).catch(() => {});
      await new Promise(setImmediate);
      finished = true;
      throw unreachable;
    });
    const outbox = freshOutbox();
    const forwarding = storeAndForward(sink, outbox);
    await forwarding.write(events, running);
    await vi.waitUntil(() => batches.length === 1);
    vi.mocked(sink.close).mockImplementation(async () => expect(finished).toBe(true));
    await forwarding.close();
    await forwarding.close();
    expect(sink.close).toHaveBeenCalledTimes(1);
    expect(outbox.queue("cloud").stats()).toMatchObject({ pending: 4, deadLetters: 0 });
  });

  it("still acknowledges what was delivered in spite of it", async () => {
    const { sink, batches, answer } = scriptedSink();
    answer(async (_, signal) => {
      await untilAborted(signal).catch(() => {});
      return ALL_ACCEPTED;
    });
    const outbox = freshOutbox();
    const forwarding = storeAndForward(sink, outbox);
    await forwarding.write(events, running);
    await vi.waitUntil(() => batches.length === 1);
    await forwarding.close();
    expect(outbox.queue("cloud").stats()).toMatchObject({ pending: 0, deadLetters: 0 });
  });

  it("keeps the batch of a sink that calls being stopped a refusal", async () => {
    const { sink, batches, answer } = scriptedSink();
    answer((_, signal) => untilAborted(signal).catch(() => Promise.reject(refused)));
    const outbox = freshOutbox();
    const forwarding = storeAndForward(sink, outbox);
    await forwarding.write(events, running);
    await vi.waitUntil(() => batches.length === 1);
    await forwarding.close();
    expect(outbox.queue("cloud").stats()).toMatchObject({ pending: 4, deadLetters: 0 });
  });

  it("does not wait for the next attempt", async () => {
    const { sink, answer } = scriptedSink();
    answer(() => Promise.reject(unreachable));
    const forwarding = storeAndForward(sink, freshOutbox(), {
      retryFirstMs: 1_000_000,
      retryMaxMs: 1_000_000,
    });
    await forwarding.write(events, running);
    await vi.waitUntil(() => forwarding.stats().lastError !== undefined);
    await forwarding.close();
  });
});
