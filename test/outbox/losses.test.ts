import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type FileOutbox, openOutbox } from "../../src/outbox/open-outbox.ts";
import type { OutboxQueue } from "../../src/outbox/outbox.ts";
import { sampleEvent, sampleSummary } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";

const MIB = 1024 * 1024;
const summary = (number: number) =>
  sampleSummary({ id: `summary-${number}`, machine: "m".repeat(20_000) });

/** An outbox in which so many summaries wait that the oldest had to give way. */
async function overflowed(): Promise<FileOutbox> {
  const outbox = openOutbox(join(tempFolder(), "outbox.db"), { maxBytes: MIB });
  onTestFinished(() => outbox.close());
  for (let number = 0; number < 100; number++)
    await outbox.queue("cloud").append([summary(number)]);
  return outbox;
}

async function acknowledgeFirst(queue: OutboxQueue): Promise<void> {
  const [item] = await queue.peek(1);
  await queue.acknowledge([item?.sequence ?? 0]);
}

describe("what an outbox had to give up", () => {
  it("is told next once something gets through, and is acknowledged like any message", async () => {
    const queue = (await overflowed()).queue("cloud");
    const { dropped, pending } = queue.stats();
    expect(dropped).toBeGreaterThan(20);
    expect((await queue.peek(1000)).map(({ message }) => message.kind)).not.toContain("losses");

    await acknowledgeFirst(queue);
    const [report, ...others] = await queue.peek(1000);
    expect(report?.message).toMatchObject({
      kind: "losses",
      gateway: "gateway-1",
      queue: "cloud",
      counts: [{ kind: "score-summary", reason: "full", count: dropped }],
    });
    expect(others).toHaveLength(pending - 1);
    expect(await queue.peek(1)).toEqual([report]);
    expect(queue.stats().pending).toBe(pending);

    await queue.acknowledge([report?.sequence ?? 0]);
    expect((await queue.peek(1000)).map(({ message }) => message.kind)).not.toContain("losses");
    expect(queue.stats().dropped).toBe(dropped);
  });

  it("is told after a restart, too, and only once", async () => {
    const outbox = await overflowed();
    const { path } = outbox;
    await outbox.close();
    const second = openOutbox(path, { maxBytes: MIB });
    await acknowledgeFirst(second.queue("cloud"));
    const [report] = await second.queue("cloud").peek(1);
    expect(report?.message.kind).toBe("losses");
    await second.close();

    const third = openOutbox(path, { maxBytes: MIB });
    onTestFinished(() => third.close());
    expect(await third.queue("cloud").peek(1)).toEqual([report]);
    await acknowledgeFirst(third.queue("cloud"));
    await acknowledgeFirst(third.queue("cloud"));
    expect((await third.queue("cloud").peek(1))[0]?.message.kind).toBe("score-summary");
  });

  it("is told with another id when it happens again", async () => {
    const queue = (await overflowed()).queue("cloud");
    await acknowledgeFirst(queue);
    const [first] = await queue.peek(1);
    const before = queue.stats().dropped;
    for (let number = 100; number < 120; number++) await queue.append([summary(number)]);
    const more = queue.stats().dropped - before;
    // The first report is still the one to be delivered; what was given up meanwhile comes in the next.
    expect(await queue.peek(1)).toEqual([first]);
    await acknowledgeFirst(queue);
    const [second] = await queue.peek(1);
    expect(second?.message).toMatchObject({
      kind: "losses",
      counts: [{ kind: "score-summary", reason: "full", count: more }],
    });
    expect(second?.message.id).not.toBe(first?.message.id);
  });

  it("is told to those who lost it", async () => {
    const outbox = await overflowed();
    const file = outbox.queue("file");
    await file.append([sampleEvent({ id: "a" }), sampleEvent({ id: "b" })]);
    await acknowledgeFirst(file);
    expect((await file.peek(10)).map(({ message }) => message.id)).toEqual(["b"]);
    expect(file.stats().dropped).toBe(0);
  });
});
