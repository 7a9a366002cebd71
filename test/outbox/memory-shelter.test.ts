import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GatewayMessage } from "../../src/core/gateway-message.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { OutboxQueue } from "../../src/outbox/outbox.ts";
import { sampleCapture, sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { failingDisk } from "./failing-disk.ts";
import { warnings } from "./warnings.ts";

const events = (...ids: string[]) => ids.map((id) => sampleEvent({ id }));
const capture = (id: string) => sampleCapture({ id, machine: "m".repeat(2000) });
const ids = async (queue: OutboxQueue, after = 0) =>
  (await queue.peek(1000, { after })).map(({ message }) => message.id);
const sequences = async (queue: OutboxQueue) =>
  (await queue.peek(1000)).map(({ sequence }) => sequence);

function outboxOnGoodDisk(options = {}) {
  const said = warnings();
  const path = join(tempFolder(), "outbox.db");
  const outbox = openOutbox(path, options);
  onTestFinished(() => outbox.close());
  return { path, outbox, queue: outbox.queue("cloud"), said };
}

describe("an outbox whose disk refuses to write", () => {
  it("keeps messages in memory, says so, and delivers them after what is in the file", async () => {
    const { outbox, queue, said } = outboxOnGoodDisk();
    await queue.append(events("a", "b"));
    expect(outbox.status()).toEqual({ state: "durable" });

    failingDisk();
    await queue.append(events("c"));
    await queue.append(events("d", "e"));
    expect(outbox.status()).toEqual({
      ...{ state: "memory", sheltered: 3 },
      sinceMs: expect.any(Number),
      error: expect.objectContaining({ code: "OUTBOX_UNAVAILABLE" }),
    });
    expect(said).toEqual([expect.stringContaining("memory")]);
    expect(queue.stats()).toMatchObject({ pending: 5, sheltered: 3 });
    expect(await ids(queue)).toEqual(["a", "b", "c", "d", "e"]);
    const numbers = await sequences(queue);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(queue.lastSequence()).toBe(numbers.at(-1));
    expect(await ids(queue, numbers[0])).toEqual(["b", "c", "d", "e"]);
    expect(await ids(queue, numbers[2])).toEqual(["d", "e"]);
    expect((await queue.peek(3)).map(({ message }) => message.id)).toEqual(["a", "b", "c"]);
  });

  it("takes acknowledgements and refusals, and tells the file when that is possible", async () => {
    const { outbox, path, queue } = outboxOnGoodDisk();
    await queue.append(events("a", "b"));
    const disk = failingDisk();
    await queue.append(events("c", "d"));
    const [a = 0, b = 0, c = 0, d = 0] = await sequences(queue);
    await queue.acknowledge([a, c]);
    await queue.reject([b, d], "too large");
    expect(await ids(queue)).toEqual([]);
    expect(queue.stats()).toMatchObject({ pending: 0 });

    disk.mend();
    await queue.append(events("e"));
    expect(outbox.status()).toEqual({ state: "durable" });
    expect(await ids(queue)).toEqual(["e"]);
    const letters = await queue.deadLetters(10);
    expect(letters.map(({ message }) => message?.id).sort()).toEqual(["b", "d"]);
    expect(await queue.resend([d])).toBe(1);
    expect(await ids(queue)).toEqual(["e", "d"]);
    await outbox.close();
    const again = openOutbox(path);
    expect(await ids(again.queue("cloud"))).toEqual(["e", "d"]);
    await again.close();
  });

  it("moves everything to the file with the next append that works, in order", async () => {
    const { outbox, path, queue } = outboxOnGoodDisk();
    const disk = failingDisk();
    await queue.append(events("a"));
    await outbox.queue("file").append(events("a"));
    await outbox.keep([capture("kept")]);
    await queue.append(events("b"));
    disk.mend();
    await Promise.all([queue.append(events("c")), queue.append(events("d"))]);
    expect(outbox.status()).toEqual({ state: "durable" });
    await outbox.close();

    const again = openOutbox(path);
    expect(await ids(again.queue("cloud"))).toEqual(["a", "b", "c", "d"]);
    expect(await ids(again.queue("file"))).toEqual(["a"]);
    expect(await again.kept("capture")).toHaveLength(1);
    await again.close();
  });

  it("moves everything by itself when nothing is appended", async () => {
    const { outbox, queue } = outboxOnGoodDisk();
    const disk = failingDisk();
    await queue.append(events("a"));
    disk.mend();
    await expect.poll(() => outbox.status().state, { timeout: 20_000 }).toBe("durable");
    expect(queue.stats()).not.toHaveProperty("sheltered");
    expect(await ids(queue)).toEqual(["a"]);
  });

  it("does not deliver twice what is moved while it is delivered", async () => {
    const { queue } = outboxOnGoodDisk();
    const disk = failingDisk();
    await queue.append(events("a", "b"));
    const lent = await sequences(queue);
    disk.mend();
    await queue.append(events("c"));
    await queue.acknowledge(lent);
    expect(await ids(queue)).toEqual(["c"]);
    expect(queue.stats()).toMatchObject({ pending: 1 });
  });

  it("stores a waiting message once", async () => {
    const { queue } = outboxOnGoodDisk();
    const disk = failingDisk();
    await queue.append([...events("a"), ...events("a")]);
    await queue.append(events("a", "b"));
    expect(await ids(queue)).toEqual(["a", "b"]);
    disk.mend();
    await queue.append(events("b", "c"));
    expect(await ids(queue)).toEqual(["a", "b", "c"]);
  });

  it("knows which incidents are open, and what was kept", async () => {
    const { outbox, queue } = outboxOnGoodDisk();
    await queue.append(events("a", "b"));
    failingDisk();
    const closed = sampleEvent({ id: "a", revision: 1, phase: "closed" });
    await queue.append([closed, ...events("c")]);
    await outbox.keep([capture("kept")]);
    expect((await outbox.unclosed()).map(({ id }) => id)).toEqual(["b", "c"]);
    expect((await outbox.kept("capture")).map(({ message }) => message.id)).toEqual(["kept"]);
    expect(await outbox.kept("label")).toEqual([]);
  });

  it("gives way in bounded memory: windows before events, and says what was lost", async () => {
    const { outbox, queue } = outboxOnGoodDisk({ maxMemoryBytes: 64 * 1024 });
    const disk = failingDisk();
    const stored: GatewayMessage[] = [];
    for (let number = 0; number < 40; number++) stored.push(capture(`capture-${number}`));
    for (const message of stored) await queue.append([message]);
    const captures = await ids(queue);
    expect(captures.length).toBeLessThan(25);
    expect(captures.at(-1)).toBe("capture-39");

    let count = 0;
    for (; ; count++) {
      try {
        await queue.append(events(`event-${count}`));
      } catch (error) {
        expect(error).toMatchObject({ code: "OUTBOX_FULL", retryable: true });
        break;
      }
    }
    expect(await ids(queue)).toEqual(Array.from({ length: count }, (_, index) => `event-${index}`));
    expect(queue.stats()).toMatchObject({ dropped: 40 });

    disk.mend();
    await queue.append(events("last"));
    expect(outbox.status().state).toBe("durable");
    const { message } =
      (await queue.peek(1000)).find(({ message: { kind } }) => kind === "losses") ?? {};
    expect(message).toMatchObject({
      ...{ kind: "losses", queue: "cloud" },
      counts: [{ kind: "capture", reason: "memory", count: 40 }],
    });
  });

  it("still refuses what its own limit does not let in", async () => {
    const { outbox, queue } = outboxOnGoodDisk({ maxBytes: 1024 * 1024 });
    const huge = [sampleEvent({ machine: "m".repeat(2 * 1024 * 1024) })];
    await expect(queue.append(huge)).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect(outbox.status()).toEqual({ state: "durable" });
  });

  it("says what is lost when it is closed before the disk works", async () => {
    const { outbox, queue, said } = outboxOnGoodDisk();
    failingDisk();
    await queue.append(events("a", "b"));
    await outbox.close();
    expect(said.at(-1)).toContain("2 messages are lost");
    await expect(queue.append(events("c"))).rejects.toMatchObject({ code: "OUTBOX_UNAVAILABLE" });
  });

  it.each([0, 1.5, Number.NaN, 1000])("cannot be given %s bytes of memory", (maxMemoryBytes) => {
    const open = () => openOutbox("/nowhere/outbox.db", { maxMemoryBytes });
    expect(open).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});
