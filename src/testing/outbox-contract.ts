import { afterEach, expect, it } from "vitest";
import type { Outbox, OutboxItem } from "../outbox/outbox.ts";
import {
  sampleCapture,
  sampleDrift,
  sampleEvent,
  sampleLabel,
  sampleSensorFault,
} from "./sample-messages.ts";

/** An outbox under test; made anew for every test. */
export interface OutboxHarness {
  /** Opens the outbox; called again after `close`, it finds what was there. */
  open(): Outbox | Promise<Outbox>;
  /** Called after the test; the outbox is closed by then. */
  dispose?(): void | Promise<void>;
}

/**
 * The promises that every outbox keeps, as tests: call it inside `describe`.
 *
 * @example
 * describe("my outbox", () => outboxContract(() => ({ open: () => myOutbox(freshPath) })));
 */
export function outboxContract(setup: () => OutboxHarness | Promise<OutboxHarness>): void {
  const first = sampleEvent({ id: "incident-1" });
  const second = sampleEvent({ id: "incident-2" });
  const third = sampleEvent({ id: "incident-3" });
  let harness: OutboxHarness | undefined;
  let outbox: Outbox | undefined;

  const open = async (): Promise<Outbox> => {
    harness = await setup();
    outbox = await harness.open();
    return outbox;
  };

  const reopen = async (): Promise<Outbox> => {
    await outbox?.close();
    outbox = await harness?.open();
    if (outbox === undefined) throw new Error("nothing was opened before");
    return outbox;
  };

  afterEach(async () => {
    await outbox?.close();
    await harness?.dispose?.();
    outbox = undefined;
  });

  it("hands out what was appended, oldest first, and leaves it in place", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first]);
    await queue.append([second, third]);
    expect(eventsOf(await queue.peek(2))).toEqual([first, second]);
    expect(eventsOf(await queue.peek(10))).toEqual([first, second, third]);
    expect(queue.stats()).toMatchObject({ pending: 3, deadLetters: 0, dropped: 0 });
  });

  it("keeps the order of appends that were not waited for", async () => {
    const queue = (await open()).queue("cloud");
    await Promise.all([first, second, third].map((event) => queue.append([event])));
    expect(eventsOf(await queue.peek(10))).toEqual([first, second, third]);
  });

  it("forgets what was acknowledged", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first, second, third]);
    const items = await queue.peek(10);
    await queue.acknowledge(sequencesOf(items.slice(1, 2)));
    expect(eventsOf(await queue.peek(10))).toEqual([first, third]);
    expect(queue.stats()).toMatchObject({ pending: 2, deadLetters: 0, dropped: 0 });
  });

  it("takes an acknowledgement twice", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first, second]);
    const items = await queue.peek(1);
    await queue.acknowledge(sequencesOf(items));
    await queue.acknowledge(sequencesOf(items));
    expect(eventsOf(await queue.peek(10))).toEqual([second]);
  });

  it("keeps what was rejected among the dead letters", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first, second]);
    await queue.reject(sequencesOf(await queue.peek(1)), "too large");
    expect(eventsOf(await queue.peek(10))).toEqual([second]);
    expect(queue.stats()).toMatchObject({ pending: 1, deadLetters: 1, dropped: 0 });
  });

  it("stores a waiting message once, and again after it was delivered", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first, first]);
    await queue.append([first, sampleEvent({ id: first.id, revision: 1, phase: "updated" })]);
    const items = await queue.peek(10);
    expect(items.map((item) => item.message.revision)).toEqual([0, 1]);
    await queue.acknowledge(sequencesOf(items));
    await queue.append([first]);
    expect(eventsOf(await queue.peek(10))).toEqual([first]);
  });

  it("gives every queue its own acknowledgements", async () => {
    const box = await open();
    await box.queue("cloud").append([first, second]);
    await box.queue("file").append([first]);
    const cloud = box.queue("cloud");
    await cloud.acknowledge(sequencesOf(await cloud.peek(10)));
    expect(await cloud.peek(10)).toEqual([]);
    expect(eventsOf(await box.queue("file").peek(10))).toEqual([first]);
  });

  it("does not let one queue acknowledge or reject for another", async () => {
    const box = await open();
    const file = box.queue("file");
    await file.append([first]);
    const items = await file.peek(10);
    await box.queue("cloud").acknowledge(sequencesOf(items));
    await box.queue("cloud").reject(sequencesOf(items), "not mine");
    expect(await file.peek(10)).toEqual(items);
  });

  it("finds everything after it was closed and opened", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first, second, third]);
    await queue.acknowledge(sequencesOf(await queue.peek(1)));
    await queue.reject(sequencesOf(await queue.peek(1)), "refused");
    const again = (await reopen()).queue("cloud");
    expect(eventsOf(await again.peek(10))).toEqual([third]);
    expect(again.stats()).toMatchObject({ pending: 1, deadLetters: 1, dropped: 0 });
  });

  it("never uses a sequence twice", async () => {
    let queue = (await open()).queue("cloud");
    const seen: number[] = [];
    for (const event of [first, second, third]) {
      await queue.append([event]);
      const items = await queue.peek(10);
      seen.push(...sequencesOf(items));
      await queue.acknowledge(sequencesOf(items));
      queue = (await reopen()).queue("cloud");
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  it("stores values that are not numbers as what they are", async () => {
    const queue = (await open()).queue("cloud");
    const event = sampleEvent({
      contributions: [{ tag: "flow", share: 1, actual: Number.NaN, expected: 14.8 }],
    });
    await queue.append([event]);
    expect(eventsOf(await queue.peek(1))).toEqual([event]);
  });

  it("knows the newest message of every incident that is not closed", async () => {
    const box = await open();
    const updated = sampleEvent({ id: first.id, revision: 1, phase: "updated", score: 9 });
    const closed = sampleEvent({ id: second.id, revision: 1, phase: "closed" });
    const queue = box.queue("cloud");
    await queue.append([first, second, updated, closed]);
    // Delivery makes no difference: the gateway has to go on with the incident anyway.
    await queue.acknowledge(sequencesOf(await queue.peek(10)));
    expect(await box.unclosed()).toEqual([updated]);
    expect(await (await reopen()).unclosed()).toEqual([updated]);
  });

  it("keeps sensor faults and drifts as it keeps anomalies", async () => {
    const box = await open();
    const lost = sampleSensorFault({ id: "fault-1" });
    const mended = sampleSensorFault({ id: "fault-2" });
    const closed = sampleSensorFault({ id: mended.id, revision: 1, phase: "closed" });
    const drift = sampleDrift({ id: "drift-1" });
    await box.queue("cloud").append([lost, mended, closed, drift]);
    const again = await reopen();
    expect(eventsOf(await again.queue("cloud").peek(10))).toEqual([lost, mended, closed, drift]);
    expect(await again.unclosed()).toEqual([lost, drift]);
  });

  it("hands out what came after a number, as many bytes as asked for", async () => {
    const queue = (await open()).queue("cloud");
    await queue.append([first, second, third]);
    const [oldest, next] = await queue.peek(10);
    const after = oldest?.sequence ?? 0;
    expect(eventsOf(await queue.peek(10, { after }))).toEqual([second, third]);
    const bytes = next?.bytes ?? 0;
    expect(bytes).toBe(Buffer.byteLength(JSON.stringify(second)));
    expect(eventsOf(await queue.peek(10, { after, maxBytes: bytes }))).toEqual([second]);
    expect(eventsOf(await queue.peek(10, { maxBytes: 1 }))).toEqual([first]);
  });

  it("says which waiting message is the newest, and when the oldest was stored", async () => {
    const queue = (await open()).queue("cloud");
    expect(queue.lastSequence()).toBe(0);
    expect(queue.stats().oldestMs).toBeUndefined();
    await queue.append([first, second]);
    const items = await queue.peek(10);
    expect(queue.lastSequence()).toBe(items.at(-1)?.sequence);
    expect(queue.stats().oldestMs).toBe(items[0]?.appendedMs);
  });

  it("shows the dead letters, the newest first, and sends them again when asked to", async () => {
    const box = await open();
    const queue = box.queue("cloud");
    await queue.append([first, second, third]);
    await queue.reject(sequencesOf(await queue.peek(2)), "answered 400");
    const letters = await queue.deadLetters(10);
    expect(letters.map(({ message, reason }) => ({ message, reason }))).toEqual([
      { message: second, reason: "answered 400" },
      { message: first, reason: "answered 400" },
    ]);
    expect(await queue.deadLetters(1)).toEqual(letters.slice(0, 1));
    const sequences = sequencesOf(letters);
    expect(await box.queue("file").resend(sequences)).toBe(0);
    expect(await queue.resend([...sequences, 1_000_000])).toBe(2);
    expect(eventsOf(await queue.peek(10))).toEqual([third, second, first]);
    expect(await queue.deadLetters(10)).toEqual([]);
  });

  it("keeps for reading whatever becomes of the delivery", async () => {
    const box = await open();
    const captures = ["a", "b", "c"].map((id) => sampleCapture({ id }));
    const label = sampleLabel();
    const queue = box.queue("cloud");
    await box.keep([...captures.slice(0, 2), label]);
    await queue.append(captures);
    await box.keep(captures.slice(1));
    await queue.acknowledge(sequencesOf(await queue.peek(10)));
    const again = await reopen();
    const kept = await again.kept("capture");
    expect(eventsOf(kept)).toEqual(captures);
    expect(eventsOf(await again.kept("label"))).toEqual([label]);
    expect(await again.kept("anomaly")).toEqual([]);
    expect(await again.kept("capture", { limit: 2 })).toEqual(kept.slice(0, 2));
    expect(await again.kept("capture", { after: kept[0]?.sequence ?? 0 })).toEqual(kept.slice(1));
    expect(await again.queue("cloud").peek(10)).toEqual([]);
  });

  it("says how much of the disk it takes", async () => {
    const box = await open();
    await box.queue("cloud").append([first]);
    expect(box.sizeBytes()).toBeGreaterThan(0);
  });
}

function eventsOf(items: readonly OutboxItem[]): readonly OutboxItem["message"][] {
  return items.map((item) => item.message);
}

function sequencesOf(items: readonly { readonly sequence: number }[]): readonly number[] {
  return items.map((item) => item.sequence);
}
