import { closeSync, fstatSync, openSync, readdirSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { OutboxQueue } from "../../src/outbox/outbox.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { scriptedSink } from "./scripted-sink.ts";
import { warnings } from "./warnings.ts";

const PAGE_BYTES = 4096;
/** Of some 3 kB each: more than SQLite keeps in memory. */
const COUNT = 1500;

const event = (number: number) =>
  sampleEvent({ id: `incident-${number}`, machine: "m".repeat(2500) });

/** Overwrites a part of a file that somebody has open, as a failing flash does; the first page stays. */
function spoil(path: string, from: number, to: number): void {
  const file = openSync(path, "r+");
  const pages = Math.floor(fstatSync(file).size / PAGE_BYTES);
  const noise = Buffer.alloc(PAGE_BYTES, 0xa5);
  const first = Math.max(1, Math.floor(pages * from));
  for (let page = first; page < pages * to; page++)
    writeSync(file, noise, 0, PAGE_BYTES, page * PAGE_BYTES);
  closeSync(file);
}

/** Overwrites the first page, by which SQLite knows its files, and all others. */
function wipe(path: string): void {
  const file = openSync(path, "r+");
  const { size } = fstatSync(file);
  writeSync(file, Buffer.alloc(size, 0xa5), 0, size, 0);
  closeSync(file);
}

async function fill(queue: OutboxQueue, first: number): Promise<void> {
  for (let from = 0; from < COUNT; from += 100) {
    await queue.append(Array.from({ length: 100 }, (_, index) => event(first + from + index)));
  }
}

async function filledOutbox() {
  const said = warnings();
  const path = join(tempFolder(), "outbox.db");
  const outbox = openOutbox(path);
  onTestFinished(() => outbox.close());
  const queue = outbox.queue("cloud");
  await fill(queue, 0);
  return { said, path, outbox, queue };
}

const ids = async (queue: OutboxQueue) =>
  (await queue.peek(2 * COUNT)).map(({ message }) => message.id);

const durable = { timeout: 60_000 };

describe("an outbox whose file is damaged while it is used", () => {
  it("sets the file aside, says so, and goes on with what can be read", {
    timeout: 120_000,
  }, async () => {
    const { said, path, outbox, queue } = await filledOutbox();
    spoil(path, 0.3, 0.7);
    // Whatever finds the damage: what is appended meanwhile is taken.
    await expect(queue.peek(2 * COUNT)).rejects.toMatchObject({ code: "OUTBOX_UNAVAILABLE" });
    expect(outbox.status()).toMatchObject({ state: "memory", error: { retryable: true } });
    await queue.append([sampleEvent({ id: "meanwhile" })]);
    await expect.poll(() => outbox.status().state, durable).toBe("durable");

    const { setAside = [] } = outbox.status();
    expect(setAside).toEqual([
      { path: expect.stringContaining(".corrupt-"), reason: "damaged", atMs: expect.any(Number) },
    ]);
    expect(readdirSync(dirname(path)).map((name) => join(dirname(path), name))).toContain(
      setAside[0]?.path,
    );
    expect(said.some((message) => message.includes("was damaged"))).toBe(true);
    const found = await ids(queue);
    expect(found.at(-1)).toBe("meanwhile");
    expect(found.length).toBeGreaterThan(COUNT / 4);
    expect(new Set(found).size).toBe(found.length);
  });

  it("begins anew when nothing of it can be read", { timeout: 120_000 }, async () => {
    const { outbox, path, queue } = await filledOutbox();
    const lent = await queue.peek(10);
    wipe(path);
    await expect(queue.peek(2 * COUNT)).rejects.toMatchObject({ code: "OUTBOX_UNAVAILABLE" });
    await queue.append([sampleEvent({ id: "meanwhile" }), sampleEvent({ id: "too" })]);
    await expect.poll(() => outbox.status().state, durable).toBe("durable");
    expect(outbox.status().setAside).toHaveLength(1);
    // What the old file has handed out must not be taken for what the new one has.
    await queue.acknowledge(lent.map(({ sequence }) => sequence));
    expect(await ids(queue)).toEqual(["meanwhile", "too"]);
    expect(queue.stats()).toMatchObject({ pending: 2 });
  });

  it("stays in memory when the next file is damaged as well, for a while", {
    timeout: 120_000,
  }, async () => {
    const { outbox, path, queue } = await filledOutbox();
    wipe(path);
    await expect(queue.peek(2 * COUNT)).rejects.toMatchObject({ code: "OUTBOX_UNAVAILABLE" });
    await expect.poll(() => outbox.status().state, durable).toBe("durable");
    await fill(queue, COUNT);
    wipe(path);
    await expect(queue.peek(2 * COUNT)).rejects.toMatchObject({ code: "OUTBOX_UNAVAILABLE" });
    await queue.append([sampleEvent({ id: "meanwhile" })]);
    expect(outbox.status()).toMatchObject({ state: "memory", sheltered: 1 });
    expect(outbox.status().setAside).toHaveLength(1);
    expect(await ids(queue)).toEqual(["meanwhile"]);
  });

  it("delivers all that can be read, and what comes, each to the end", {
    timeout: 120_000,
  }, async () => {
    const { outbox, path } = await filledOutbox();
    const { sink, batches } = scriptedSink();
    const forwarding = storeAndForward(sink, outbox, { retryFirstMs: 1, retryMaxMs: 10 });
    onTestFinished(() => forwarding.close());
    await expect.poll(() => batches.length, durable).toBeGreaterThan(2);
    spoil(path, 0.4, 0.9);
    const running = new AbortController().signal;
    const fresh: string[] = [];
    for (let number = 0; number < 20; number++) {
      fresh.push(`fresh-${number}`);
      await forwarding.write([sampleEvent({ id: `fresh-${number}` })], running);
      expect(() => forwarding.stats()).not.toThrow();
    }
    await expect.poll(() => batches.flat(), durable).toEqual(expect.arrayContaining(fresh));
    await expect.poll(() => forwarding.stats().pending, durable).toBe(0);
    expect(outbox.status().setAside).toHaveLength(1);
    expect(forwarding.stats().refused).toBe(0);
  });
});
