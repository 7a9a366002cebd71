import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileOutbox } from "../../src/outbox/file/file-outbox.ts";
import type { OutboxQueue } from "../../src/outbox/outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { smallDisk } from "./small-disk.ts";

async function fillDisk(queue: OutboxQueue): Promise<number> {
  for (let count = 0; ; count++) {
    try {
      await queue.append([sampleEvent({ id: `incident-${count}`, machine: "m".repeat(2000) })]);
    } catch (error) {
      expect(error).toMatchObject({ code: "OUTBOX_FULL", retryable: true });
      return count;
    }
  }
}

async function drain(queue: OutboxQueue): Promise<number> {
  for (let count = 0; ; ) {
    const items = await queue.peek(10);
    if (items.length === 0) return count;
    await queue.acknowledge(items.map((item) => item.sequence));
    count += items.length;
  }
}

describe("an outbox on a disk that is full", () => {
  it("refuses events, hands out what it has, and goes on when there is space", async (test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    const outbox = fileOutbox(join(disk, "outbox.db"));
    const queue = outbox.queue("cloud");
    for (let round = 0; round < 3; round++) {
      const stored = await fillDisk(queue);
      expect(stored).toBeGreaterThan(200);
      expect(await drain(queue)).toBe(stored);
    }
    await outbox.close();
  });

  it("makes room even when others have taken every byte", async (test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    const outbox = fileOutbox(join(disk, "outbox.db"));
    const queue = outbox.queue("cloud");
    await queue.append(
      Array.from({ length: 100 }, (_, number) =>
        sampleEvent({ id: `incident-${number}`, machine: "m".repeat(2000) }),
      ),
    );
    expect(() => writeFileSync(join(disk, "log"), Buffer.alloc(4 * 1024 * 1024))).toThrow("ENOSPC");
    await fillDisk(queue);
    const stored = queue.stats().pending;
    expect(stored).toBeGreaterThanOrEqual(100);
    const [first] = await queue.peek(1);
    await queue.reject([first?.sequence ?? 0], "refused");
    expect(await drain(queue)).toBe(stored - 1);
    rmSync(join(disk, "log"));
    await fillDisk(queue);
    await drain(queue);
    expect(existsSync(join(disk, "outbox.db-reserve"))).toBe(true);
    await outbox.close();
  });

  it("starts with what it has", async (test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    const path = join(disk, "outbox.db");
    const outbox = fileOutbox(path);
    const stored = await fillDisk(outbox.queue("cloud"));
    await outbox.close();
    expect(() => writeFileSync(join(disk, "log"), Buffer.alloc(4 * 1024 * 1024))).toThrow("ENOSPC");
    const again = fileOutbox(path);
    expect(await drain(again.queue("cloud"))).toBe(stored);
    await again.close();
  });
});
