import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { fileOutbox } from "../../src/outbox/file/file-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";

/** Makes the disk fail in the middle of every commit from now on. */
function failingDisk(): { mend(): void } {
  const exec = DatabaseSync.prototype.exec;
  const spy = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (
    this: DatabaseSync,
    sql: string,
  ) {
    if (sql === "COMMIT") throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
    exec.call(this, sql);
  });
  onTestFinished(() => spy.mockRestore());
  return { mend: () => spy.mockRestore() };
}

describe("an outbox whose disk fails", () => {
  it("acknowledges nothing that is not there, and goes on once the disk works", async () => {
    const path = join(tempFolder(), "outbox.db");
    const outbox = fileOutbox(path);
    const queue = outbox.queue("cloud");
    await queue.append([sampleEvent({ id: "before" })]);
    const [before] = await queue.peek(1);

    const disk = failingDisk();
    const outcomes = await Promise.allSettled([
      queue.append([sampleEvent({ id: "lost" })]),
      queue.acknowledge([before?.sequence ?? 0]),
      queue.peek(1),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: {
          code: "OUTBOX_UNAVAILABLE",
          retryable: true,
          message: expect.stringContaining(path),
        },
      });
    }

    disk.mend();
    await queue.append([sampleEvent({ id: "after" })]);
    const ids = (await queue.peek(10)).map((item) => item.message.id);
    expect(ids).toEqual(["before", "after"]);
    await outbox.close();
  });

  it("does not stop when clocks are virtual", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const outbox = fileOutbox(join(tempFolder(), "outbox.db"));
    await outbox.queue("cloud").append([sampleEvent()]);
    expect(outbox.queue("cloud").stats().pending).toBe(1);
    await outbox.close();
  });
});
