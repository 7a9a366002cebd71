import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import type { WindowCapture } from "../../src/core/window-capture.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { OutboxItem, OutboxQueue } from "../../src/outbox/outbox.ts";
import {
  sampleCapture,
  sampleDrift,
  sampleEvent,
  sampleLabel,
  sampleSummary,
} from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";

const MIB = 1024 * 1024;

/** A window of 64 frames and 20 tags, as it is stored: some 8 kB. */
const cells = "A".repeat(6827);
const sampled = (number: number, overrides: Partial<WindowCapture> = {}) =>
  sampleCapture({
    id: `capture-${number}`,
    inclusionProbability: 0.5,
    inputs: [{ name: "window", dataType: "FLOAT32", shape: [64, 20], data: cells }],
    ...overrides,
  });
const evidence = (number: number) => sampled(number, { reason: "event", inclusionProbability: 1 });
const summary = (number: number) =>
  sampleSummary({ id: `summary-${number}`, machine: "m".repeat(5000) });
const event = (number: number) =>
  sampleEvent({ id: `event-${number}`, machine: "m".repeat(5000), phase: "closed" });

function small(options: { readonly maxAgeMs?: number } = {}) {
  const path = join(tempFolder(), "outbox.db");
  const outbox = openOutbox(path, { maxBytes: MIB, ...options });
  onTestFinished(() => outbox.close());
  return { outbox, queue: outbox.queue("cloud") };
}

async function appendAll(queue: OutboxQueue, messages: readonly GatewayMessage[]): Promise<void> {
  await Promise.all(messages.map((message) => queue.append([message])));
}

const from = <T>(count: number, make: (number: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, number) => make(number));

const messagesOf = (items: readonly OutboxItem[]) => items.map(({ message }) => message);
const capturesOf = (items: readonly OutboxItem[]) =>
  messagesOf(items).filter((message) => message.kind === "capture");
const kindsOf = (items: readonly OutboxItem[]) =>
  new Set(messagesOf(items).map(({ kind }) => kind));

/** Appends events until nothing gives way to them any more. */
async function crowdOut(queue: OutboxQueue, until: (items: readonly OutboxItem[]) => boolean) {
  for (let number = 0; ; number++) {
    const items = await queue.peek(10_000);
    if (until(items)) return items;
    await appendAll(
      queue,
      from(2, (index) => event(2 * number + index)),
    );
  }
}

describe("sampled windows in an outbox that is full", () => {
  const COUNT = 500;

  it("are thinned over the whole outage, the old ones and the new ones alike", async () => {
    const { outbox, queue } = small();
    await appendAll(queue, from(COUNT, sampled));
    const captures = capturesOf(await queue.peek(COUNT));
    expect(outbox.sizeBytes()).toBeLessThan(3 * MIB);
    expect(captures.length).toBeGreaterThan(70);
    for (let tenth = 0; tenth < 10; tenth++) {
      const isIn = ({ id }: WindowCapture) => Math.floor(numberOf(id) / (COUNT / 10)) === tenth;
      const share = captures.filter(isIn).length / captures.length;
      expect(share).toBeGreaterThan(0.04);
      expect(share).toBeLessThan(0.2);
    }
  });

  it("speak for those that went: their weights add up to what there was", async () => {
    const { outbox, queue } = small();
    await appendAll(queue, from(COUNT, sampled));
    const captures = capturesOf(await queue.peek(COUNT));
    const weights = captures.map(({ inclusionProbability }) => 1 / inclusionProbability);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(2 * COUNT);
    expect(queue.stats().dropped).toBe(COUNT - captures.length);
    expect(outbox.contents().queues[0]?.dropped).toEqual([
      { kind: "capture", reason: "full", count: COUNT - captures.length },
    ]);
  });

  it("stay of every machine and reason, also when two take turns", async () => {
    const { queue } = small();
    const machines = ["pump-1", "pump-2"] as const;
    const taken = from(COUNT, (number) => sampled(number, { machine: machines[number % 2] ?? "" }));
    await appendAll(queue, taken);
    const captures = capturesOf(await queue.peek(COUNT));
    for (const machine of machines) {
      const share = captures.filter((capture) => capture.machine === machine).length;
      expect(share / captures.length).toBeGreaterThan(0.3);
    }
  });

  it("are thinned where they are kept for reading as well", async () => {
    const { outbox, queue } = small();
    const both = (capture: WindowCapture) => [outbox.keep([capture]), queue.append([capture])];
    await Promise.all(from(COUNT, sampled).flatMap(both));
    const kept = await outbox.kept("capture");
    expect(messagesOf(kept)).toEqual(messagesOf(await queue.peek(COUNT)));
    const weights = capturesOf(kept).map((capture) => 1 / capture.inclusionProbability);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(2 * COUNT);
    expect(outbox.contents().droppedOfKept).toEqual([
      { kind: "capture", reason: "full", count: COUNT - kept.length },
    ]);
  });
});

describe("an outbox that is full of everything", () => {
  it("gives up sampled windows, then summaries, then windows of events, and never more than it must", {
    timeout: 120_000,
  }, async () => {
    const { queue } = small();
    await appendAll(queue, [
      ...from(40, evidence),
      ...from(40, summary),
      ...from(40, (number) => sampled(100 + number)),
    ]);
    const reasonsOf = (items: readonly OutboxItem[]) =>
      new Set(capturesOf(items).map(({ reason }) => reason));

    const first = await crowdOut(queue, (items) => !reasonsOf(items).has("random"));
    expect(messagesOf(first).filter(({ kind }) => kind === "score-summary").length).toBeGreaterThan(
      38,
    );
    const second = await crowdOut(queue, (items) => !kindsOf(items).has("score-summary"));
    expect(capturesOf(second).length).toBeGreaterThan(34);
    const third = await crowdOut(queue, (items) => !kindsOf(items).has("capture"));
    expect(kindsOf(third)).toEqual(new Set(["anomaly"]));
    expect(queue.stats().dropped).toBe(120);
  });

  it("refuses events, drifts and labels when there is nothing but their like, and loses none", async () => {
    const { outbox, queue } = small();
    await expect(appendAll(queue, from(1000, event))).rejects.toMatchObject({
      code: "OUTBOX_FULL",
      retryable: true,
    });
    const stored = await queue.peek(1000);
    expect(stored.length).toBeGreaterThan(100);
    const note = "n".repeat(10_000);
    await expect(queue.append([sampleLabel({ note })])).rejects.toMatchObject({
      code: "OUTBOX_FULL",
    });
    await expect(outbox.keep([sampleLabel({ note })])).rejects.toMatchObject({
      code: "OUTBOX_FULL",
    });
    await expect(queue.append([sampleDrift({ advice: note })])).rejects.toMatchObject({
      code: "OUTBOX_FULL",
    });
    expect(await queue.peek(1000)).toEqual(stored);
    expect(queue.stats().dropped).toBe(0);
  });

  it("gives up a new window itself rather than an event, and counts it", async () => {
    const { outbox, queue } = small();
    await expect(appendAll(queue, from(1000, event))).rejects.toThrow();
    const stored = await queue.peek(1000);
    await queue.append([sampled(1), evidence(2)]);
    await outbox.keep([sampled(3)]);
    expect(await queue.peek(1000)).toEqual(stored);
    expect(queue.stats().dropped).toBe(2);
    expect(outbox.contents().droppedOfKept).toEqual([
      { kind: "capture", reason: "full", count: 1 },
    ]);
  });

  it("gives up a new sampled window rather than a summary or a window of an event", async () => {
    const { queue } = small();
    await appendAll(queue, from(200, evidence));
    const stored = await queue.peek(1000);
    await queue.append([sampled(1000)]);
    expect(await queue.peek(1000)).toEqual(stored);
  });

  it("gives up nothing for a batch that would not fit even then", async () => {
    const { queue } = small();
    await appendAll(queue, from(100, sampled));
    await expect(queue.append(from(300, event))).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect(queue.stats()).toMatchObject({ pending: 100, dropped: 0 });
  });

  it("forgets dead letters before it gives up anything that still has a receiver", async () => {
    const { queue } = small();
    await appendAll(queue, from(60, event));
    await queue.reject(
      (await queue.peek(100)).map(({ sequence }) => sequence),
      "answered 400",
    );
    await appendAll(queue, from(100, sampled));
    expect(queue.stats()).toMatchObject({ pending: 100, dropped: 0 });
    expect(queue.stats().deadLetters).toBeLessThan(60);
  });
});

describe("an outbox with a limit of age", () => {
  it("lets windows, summaries and dead letters expire, and keeps events and labels", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { outbox, queue } = small({ maxAgeMs: 3_600_000 });
    await queue.append([event(1), sampleLabel(), sampled(1), evidence(2), summary(3), event(4)]);
    await outbox.keep([sampled(5), sampleLabel({ id: "kept" })]);
    const [, , , , , last] = await queue.peek(10);
    await queue.reject([last?.sequence ?? 0], "answered 400");

    vi.setSystemTime(Date.now() + 3_500_000);
    expect(await queue.peek(10)).toHaveLength(5);
    vi.setSystemTime(Date.now() + 200_000);
    expect(kindsOf(await queue.peek(10))).toEqual(new Set(["anomaly", "label"]));
    expect(await outbox.kept("capture")).toEqual([]);
    expect(await outbox.kept("label")).toHaveLength(1);
    expect(queue.stats()).toMatchObject({ pending: 2, deadLetters: 0, dropped: 3 });
    expect(outbox.contents().droppedOfKept).toEqual([
      { kind: "capture", reason: "expired", count: 1 },
    ]);
  });
});

function numberOf(id: string): number {
  return Number(id.replace("capture-", ""));
}
