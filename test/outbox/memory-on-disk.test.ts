import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { OutboxQueue } from "../../src/outbox/outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { remount, smallDisk } from "./small-disk.ts";
import { warnings } from "./warnings.ts";

const events = (...ids: string[]) => ids.map((id) => sampleEvent({ id }));
const ids = async (queue: OutboxQueue) => (await queue.peek(1000)).map(({ message }) => message.id);
const sequences = async (queue: OutboxQueue) =>
  (await queue.peek(1000)).map(({ sequence }) => sequence);

describe("an outbox on a real disk", () => {
  it("that is full goes on in memory, and on the disk when there is room", async (test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    warnings();
    const path = join(disk, "outbox.db");
    const outbox = openOutbox(path);
    const queue = outbox.queue("cloud");
    await queue.append(events("before"));
    expect(() => writeFileSync(join(disk, "log"), Buffer.alloc(4 * 1024 * 1024))).toThrow("ENOSPC");
    const many = Array.from({ length: 150 }, (_, index) => `event-${index}`);
    for (const id of many) await queue.append([sampleEvent({ id, machine: "m".repeat(6000) })]);
    expect(outbox.status().state).toBe("memory");
    expect(queue.stats()).toMatchObject({ pending: 151, sheltered: expect.any(Number) });
    expect(await ids(queue)).toEqual(["before", ...many]);

    rmSync(join(disk, "log"));
    await queue.append(events("after"));
    expect(outbox.status()).toEqual({ state: "durable" });
    await outbox.close();
    const again = openOutbox(path);
    expect(await ids(again.queue("cloud"))).toEqual(["before", ...many, "after"]);
    await again.close();
  });

  it("that is read-only at the start begins in memory, and takes the file when it can", async (test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    const said = warnings();
    const path = join(disk, "outbox.db");
    const first = openOutbox(path);
    await first.queue("cloud").append(events("before"));
    await first.close();
    remount(disk, "ro");

    const outbox = openOutbox(path);
    expect(outbox.status()).toMatchObject({
      state: "memory",
      error: { code: "OUTBOX_UNAVAILABLE" },
    });
    expect(said).toHaveLength(1);
    const queue = outbox.queue("cloud");
    await queue.append(events("a"));
    expect(await ids(queue)).toEqual(["a"]);
    expect(outbox.queues()).toEqual(["cloud"]);
    remount(disk, "rw");
    await expect.poll(() => outbox.status().state, { timeout: 20_000 }).toBe("durable");
    expect(await ids(queue)).toEqual(["before", "a"]);
    await outbox.close();
  });

  it.for(["ro", "full"])("that is %s begins in memory without a file, too", async (state, test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    warnings();
    if (state === "ro") remount(disk, "ro");
    else expect(() => writeFileSync(join(disk, "log"), Buffer.alloc(5e6))).toThrow("ENOSPC");
    const outbox = openOutbox(join(disk, "outbox.db"));
    expect(outbox.status().state).toBe("memory");
    const queue = outbox.queue("cloud");
    await queue.append(events("a"));
    await queue.acknowledge(await sequences(queue));
    await queue.append(events("b"));
    if (state === "ro") remount(disk, "rw");
    else rmSync(join(disk, "log"));
    await expect.poll(() => outbox.status().state, { timeout: 20_000 }).toBe("durable");
    expect(await ids(queue)).toEqual(["b"]);
    await outbox.close();
  });
});
