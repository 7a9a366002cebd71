import { describe, expect, it, onTestFinished } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { GatewayError } from "../../src/errors.ts";
import type { Outbox } from "../../src/outbox/outbox.ts";
import {
  type StoreAndForwardOptions,
  storeAndForward,
} from "../../src/outbox/store-and-forward.ts";
import { ALL_ACCEPTED, type Sink } from "../../src/sinks/sink.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { freshOutbox, scriptedSink, unreachable } from "./scripted-sink.ts";
import { pass, rest, virtualTime } from "./virtual-time.ts";

const running = new AbortController().signal;
const HOUR_MS = 3_600_000;
const overloaded = new GatewayError("SINK_REJECTED", "answered 500", { retryable: true });

/** Named after its machine: `a1` is the first of machine `a`. */
const message = (id: string) => sampleEvent({ id, machine: id.charAt(0) });
const messages = (...ids: string[]) => ids.map(message);
const has = (batch: readonly GatewayMessage[], id: string) => batch.some((item) => item.id === id);

function forward(sink: Sink, outbox: Outbox, options: StoreAndForwardOptions = {}) {
  const forwarding = storeAndForward(sink, outbox, { random: () => 0.5, ...options });
  onTestFinished(() => forwarding.close());
  return forwarding;
}

/** A sink that notes what it takes. */
function receiver(fails: (batch: readonly GatewayMessage[]) => unknown) {
  const scripted = scriptedSink();
  const delivered: string[] = [];
  scripted.answer((batch) => {
    const failure = fails(batch);
    if (failure !== undefined) return Promise.reject(failure);
    delivered.push(...batch.map(({ id }) => id));
    return ALL_ACCEPTED;
  });
  return { ...scripted, delivered };
}

describe("a message that fails for a reason of its own", () => {
  it("goes to the dead letters after so many tries, and its machine goes on behind it", async () => {
    virtualTime();
    const outbox = freshOutbox();
    await outbox.queue("cloud").append(messages("a1", "b1", "a2", "b2", "a3", "b3"));
    const { sink, delivered } = receiver((batch) => (has(batch, "a2") ? overloaded : undefined));
    const forwarding = forward(sink, outbox, { maxTries: 5 });
    for (let number = 4; number < 10; number++) {
      await pass(60_000, 1000);
      await forwarding.write(messages(`b${number}`), running);
    }
    await rest();
    expect(forwarding.stats()).toMatchObject({ pending: 0, deadLetters: 1, delivered: 11 });
    expect(delivered).toEqual(expect.arrayContaining(["a1", "a3", "b1", "b9"]));
    const [letter] = await outbox.queue("cloud").deadLetters(1);
    expect(letter).toMatchObject({ message: { id: "a2" }, reason: "failed 5 times: answered 500" });
  });

  it("does not hold up other machines meanwhile, and its own until its turn is over", async () => {
    virtualTime();
    const { sink, delivered } = receiver((batch) => (has(batch, "a1") ? overloaded : undefined));
    const forwarding = forward(sink, freshOutbox(), { maxTries: 1000 });
    await forwarding.write(messages("a1", "a2", "b0"), running);
    for (let number = 1; number < 40; number++) {
      await forwarding.write(messages(`b${number}`), running);
      await pass(2000, 500);
      // Once it is known which one it is.
      if (number > 8) expect(delivered.at(-1)).toBe(`b${number}`);
    }
    expect(delivered).not.toContain("a2");
  });

  it("is found among messages of one machine, too", async () => {
    virtualTime();
    const { sink, delivered } = receiver((batch) => (has(batch, "a3") ? unreachable : undefined));
    const forwarding = forward(sink, freshOutbox(), { maxTries: 4 });
    await forwarding.write(messages("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"), running);
    await pass(HOUR_MS, 1000);
    expect(delivered).toEqual(["a1", "a2", "a4", "a5", "a6", "a7", "a8"]);
    expect(forwarding.stats()).toMatchObject({ pending: 0, deadLetters: 1 });
  });

  it("is one that the sink puts off while it takes later ones", async () => {
    virtualTime();
    const { sink, answer } = scriptedSink();
    answer((batch) => {
      const retry = batch.flatMap(({ id }, index) => (id === "a1" ? [index] : []));
      return { rejected: [], retry };
    });
    const forwarding = forward(sink, freshOutbox(), { maxTries: 3 });
    for (let number = 1; number < 6; number++) {
      await forwarding.write(messages(`a${number}`, `b${number}`), running);
      await pass(60_000, 1000);
    }
    expect(forwarding.stats()).toMatchObject({ pending: 0, deadLetters: 1, delivered: 9 });
  });

  it("is one on which a sink throws what it must not: then it is no wonder that nothing passes", async () => {
    virtualTime();
    const outbox = freshOutbox();
    const { sink } = receiver(() => new TypeError("undefined is not a function"));
    const forwarding = forward(sink, outbox, { maxTries: 6 });
    await forwarding.write(messages("a1", "b1"), running);
    await rest();
    expect(forwarding.stats()).toMatchObject({
      pending: 2,
      lastError: { name: "GatewayError", retryable: true, cause: expect.any(TypeError) },
    });
    await pass(HOUR_MS / 2, 1000);
    expect(forwarding.stats()).toMatchObject({ pending: 0, deadLetters: 2, delivered: 0 });
    const [letter] = await outbox.queue("cloud").deadLetters(1);
    expect(letter?.reason).toContain("undefined is not a function");
  });

  it("comes again when a person says so", async () => {
    virtualTime();
    const outbox = freshOutbox();
    let isMended = false;
    const { sink, delivered } = receiver((batch) =>
      has(batch, "a1") && !isMended ? overloaded : undefined,
    );
    const forwarding = forward(sink, outbox, { maxTries: 2 });
    await forwarding.write(messages("a1", "b1", "b2", "b3"), running);
    await pass(HOUR_MS / 4, 1000);
    const queue = outbox.queue("cloud");
    const letters = await queue.deadLetters(10);
    isMended = true;
    expect(await queue.resend(letters.map(({ sequence }) => sequence))).toBe(1);
    await forwarding.write(messages("c1"), running);
    await rest();
    expect(delivered).toEqual(expect.arrayContaining(["a1", "c1"]));
  });
});

describe("a receiver that is away", () => {
  it.each([
    { what: "cannot be reached", failure: unreachable },
    { what: "answers 500 to everything", failure: overloaded },
  ])(
    "never costs a message, and the order is kept, when it $what for hours",
    async ({ failure }) => {
      virtualTime();
      let isAway = true;
      const { sink, delivered } = receiver(() => (isAway ? failure : undefined));
      const forwarding = forward(sink, freshOutbox(), { maxTries: 2 });
      const ids = Array.from({ length: 30 }, (_, index) => `${"ab".charAt(index % 2)}${index}`);
      await forwarding.write(messages(...ids), running);
      await pass(3 * HOUR_MS, 60_000);
      isAway = false;
      await pass(120_000, 1000);
      expect(delivered).toEqual(ids);
      expect(forwarding.stats()).toMatchObject({ pending: 0, deadLetters: 0 });
    },
  );

  it("is none that puts off the end of each batch: the link breaks in the middle", async () => {
    virtualTime();
    const delivered: string[] = [];
    const { sink, answer } = scriptedSink();
    let attempts = 0;
    answer((batch) => {
      attempts += 1;
      const passing = Math.floor((batch.length + (attempts % 2)) / 2);
      delivered.push(...batch.slice(0, passing).map(({ id }) => id));
      return { rejected: [], retry: batch.map((_, index) => index).slice(passing) };
    });
    const forwarding = forward(sink, freshOutbox(), { maxTries: 1 });
    await forwarding.write(messages("a1", "a2", "a3", "a4", "a5", "a6", "a7"), running);
    await pass(HOUR_MS / 4, 1000);
    expect(delivered).toEqual(["a1", "a2", "a3", "a4", "a5", "a6", "a7"]);
    expect(forwarding.stats().deadLetters).toBe(0);
  });

  it("is left alone for as long as it asks", async () => {
    virtualTime();
    const { sink, batches } = receiver(
      () =>
        new GatewayError("SINK_REJECTED", "answered 429", {
          ...{ retryable: true, cause: { status: 429, retryAfterMs: 600_000 } },
        }),
    );
    const forwarding = forward(sink, freshOutbox(), { maxTries: 1 });
    await forwarding.write(messages("a1", "b1"), running);
    await rest();
    await pass(599_000, 10_000);
    expect(batches).toHaveLength(1);
    await pass(4 * HOUR_MS, 10_000);
    expect(batches.length).toBeGreaterThan(20);
    expect(batches.length).toBeLessThan(26);
    expect(forwarding.stats()).toMatchObject({ pending: 2, deadLetters: 0 });
  });
});
