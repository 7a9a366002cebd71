import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EventPhase } from "../../src/core/anomaly-event.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { Outbox, OutboxQueue } from "../../src/outbox/outbox.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { failingDisk } from "./failing-disk.ts";
import { scriptedSink } from "./scripted-sink.ts";
import { pass, virtualTime } from "./virtual-time.ts";
import { warnings } from "./warnings.ts";

const event = (id: string, revision: number, phase: EventPhase) =>
  sampleEvent({ id, revision, phase });

async function deliverAll(queue: OutboxQueue): Promise<void> {
  const items = await queue.peek(1000);
  await queue.acknowledge(items.map(({ sequence }) => sequence));
}

const open = async (outbox: Outbox) =>
  (await outbox.unclosed()).map(({ id, revision }) => `${id}/${revision}`);

function freshOutbox() {
  warnings();
  const path = join(tempFolder(), "outbox.db");
  const outbox = openOutbox(path);
  onTestFinished(() => outbox.close());
  return { path, outbox, queue: outbox.queue("cloud") };
}

describe("an incident whose messages were delivered while the disk refused them", () => {
  it("is closed once the file is back, and stays so", async () => {
    const { path, outbox, queue } = freshOutbox();
    await queue.append([event("a", 0, "opened"), event("b", 0, "opened")]);
    await deliverAll(queue);
    const disk = failingDisk();
    await queue.append([event("a", 1, "updated"), event("a", 2, "closed")]);
    await deliverAll(queue);
    expect(await open(outbox)).toEqual(["b/0"]);

    disk.mend();
    await queue.append([event("c", 0, "opened")]);
    expect(outbox.status().state).toBe("durable");
    expect(await open(outbox)).toEqual(["b/0", "c/0"]);
    await outbox.close();
    const again = openOutbox(path);
    expect(await open(again)).toEqual(["b/0", "c/0"]);
    await again.close();
  });

  it("goes on with its newest message when it is open", async () => {
    const { path, outbox, queue } = freshOutbox();
    await queue.append([event("a", 0, "opened")]);
    const disk = failingDisk();
    await queue.append([event("a", 1, "updated"), event("b", 0, "opened")]);
    await deliverAll(queue);
    expect(await open(outbox)).toEqual(["a/1", "b/0"]);

    disk.mend();
    await expect.poll(() => outbox.status().state, { timeout: 20_000 }).toBe("durable");
    expect((await open(outbox)).sort()).toEqual(["a/1", "b/0"]);
    expect(await queue.peek(10)).toEqual([]);
    await queue.append([event("a", 2, "closed"), event("b", 1, "closed")]);
    await deliverAll(queue);
    await outbox.close();
    const again = openOutbox(path);
    expect(await open(again)).toEqual([]);
    expect(again.contents().stored).toEqual([]);
    await again.close();
  });

  it("is closed although another sink has not heard of all of it", async () => {
    const { outbox, queue } = freshOutbox();
    const other = outbox.queue("file");
    const disk = failingDisk();
    const messages = [event("a", 0, "opened"), event("a", 1, "closed")];
    for (const message of messages) {
      await queue.append([message]);
      await other.append([message]);
    }
    await deliverAll(queue);
    const [, closed] = await other.peek(2);
    await other.acknowledge([closed?.sequence ?? 0]);
    disk.mend();
    await queue.append([event("b", 0, "opened")]);
    expect(await open(outbox)).toEqual(["b/0"]);
    expect((await other.peek(10)).map(({ message }) => message.revision)).toEqual([0]);
  });

  it("leaves nothing behind when all of it happened in memory", async () => {
    const { outbox, queue } = freshOutbox();
    const disk = failingDisk();
    for (let number = 0; number < 20; number++) {
      await queue.append([event(`i-${number}`, 0, "opened"), event(`i-${number}`, 1, "closed")]);
      await deliverAll(queue);
    }
    disk.mend();
    await queue.append([event("b", 0, "opened")]);
    expect(outbox.contents().stored).toMatchObject([{ kind: "anomaly", count: 1 }]);
  });
});

describe("what moves from memory to the file", () => {
  it("is as late as it was", async () => {
    virtualTime();
    const { outbox, queue } = freshOutbox();
    const disk = failingDisk();
    await queue.append([event("a", 0, "opened")]);
    const [before] = await queue.peek(1);
    await pass(120_000, 1000);
    disk.mend();
    await queue.append([event("b", 0, "opened")]);
    expect(outbox.status().state).toBe("durable");
    const items = await queue.peek(10);
    expect(items.map(({ appendedMs }) => appendedMs - (before?.appendedMs ?? 0))).toEqual([
      0, 120_000,
    ]);
    const { sink, batches, deliveries } = scriptedSink();
    const forwarding = storeAndForward(sink, outbox);
    await pass(1000);
    expect(batches).toEqual([["a"], ["b"]]);
    expect(deliveries).toEqual([{ isReplay: true }, { isReplay: false }]);
    await forwarding.close();
  });
});
