import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { type OutboxOptions, openOutbox } from "../../src/outbox/open-outbox.ts";
import { outboxContract } from "../../src/testing/outbox-contract.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tsFlags } from "../node-flags.ts";
import { tempFolder } from "../temp-folder.ts";
import { startChild } from "./child.ts";

const holdOutbox = new URL("./hold-outbox.ts", import.meta.url);
const MIB = 1024 * 1024;

/** An event of about 10 kB. */
const large = (id: string) => sampleEvent({ id, machine: "m".repeat(10_000), phase: "closed" });

describe("openOutbox", () => {
  outboxContract(() => {
    const path = join(tempFolder(), "outbox.db");
    return { open: () => openOutbox(path) };
  });

  it("loads SQLite only when an outbox is opened", () => {
    const script = `
      await import(${JSON.stringify(new URL("../../src/outbox/open-outbox.ts", import.meta.url))});
      process.stdout.write(String(process.moduleLoadList.filter((name) => name.includes("sqlite"))));`;
    const { stdout, status } = spawnSync(
      process.execPath,
      [...tsFlags, "--input-type=module", "--eval", script],
      { encoding: "utf8" },
    );
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
  });

  it("flushes appends of the same moment together", async () => {
    const path = join(tempFolder(), "outbox.db");
    const commits = vi.spyOn(DatabaseSync.prototype, "exec");
    const outbox = openOutbox(path);
    const queue = outbox.queue("cloud");
    commits.mockClear();
    await Promise.all(["a", "b", "c"].map((id) => queue.append([sampleEvent({ id })])));
    expect(commits.mock.calls.filter(([sql]) => sql === "COMMIT")).toHaveLength(1);
    commits.mockRestore();
    await outbox.close();
  });

  it("still stores what was appended just before it is closed", async () => {
    const path = join(tempFolder(), "outbox.db");
    const outbox = openOutbox(path);
    const appended = outbox.queue("cloud").append([sampleEvent()]);
    await outbox.close();
    await appended;
    const again = openOutbox(path);
    expect(again.queue("cloud").stats().pending).toBe(1);
    await again.close();
  });

  it("says so when it is used after it was closed", async () => {
    const outbox = openOutbox(join(tempFolder(), "outbox.db"));
    const queue = outbox.queue("cloud");
    await outbox.close();
    await outbox.close();
    const error = { code: "OUTBOX_UNAVAILABLE", message: expect.stringContaining("closed") };
    await expect(queue.append([sampleEvent()])).rejects.toMatchObject(error);
    await expect(queue.peek(1)).rejects.toMatchObject(error);
    expect(() => queue.stats()).toThrow(expect.objectContaining(error));
    expect(() => outbox.queue("file")).toThrow(expect.objectContaining(error));
  });
});

describe("an outbox that is full", () => {
  it("refuses more and keeps what it has, until there is room", async () => {
    const outbox = openOutbox(join(tempFolder(), "outbox.db"), { maxBytes: MIB });
    const queue = outbox.queue("cloud");
    const stored = await fill(queue);
    expect(stored).toBeGreaterThan(50);
    expect(queue.stats().pending).toBe(stored);
    expect(outbox.sizeBytes()).toBeLessThan(3 * MIB);

    const items = await queue.peek(10);
    await queue.acknowledge(items.map((item) => item.sequence));
    await queue.append([large("later")]);
    expect(queue.stats().pending).toBe(stored - 10 + 1);
    await outbox.close();
  });

  it("forgets the oldest dead letters first", async () => {
    const outbox = openOutbox(join(tempFolder(), "outbox.db"), { maxBytes: MIB });
    const queue = outbox.queue("cloud");
    const stored = await fill(queue);
    const items = await queue.peek(stored);
    await queue.reject(
      items.map((item) => item.sequence),
      "refused",
    );
    expect(queue.stats()).toEqual({ pending: 0, deadLetters: stored, dropped: 0 });

    await queue.append([large("fresh")]);
    const { pending, deadLetters } = queue.stats();
    expect(pending).toBe(1);
    expect(deadLetters).toBeGreaterThan(0);
    expect(deadLetters).toBeLessThan(stored);
    await outbox.close();
  });

  it("refuses one append and still takes the others of the same moment", async () => {
    const outbox = openOutbox(join(tempFolder(), "outbox.db"), { maxBytes: MIB });
    const queue = outbox.queue("cloud");
    const huge = Array.from({ length: 200 }, (_, index) => large(`huge-${index}`));
    const outcomes = await Promise.allSettled([
      queue.append([sampleEvent({ id: "before" })]),
      queue.append(huge),
      queue.append([sampleEvent({ id: "after" })]),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    const items = await queue.peek(10);
    expect(items.map((item) => item.message.id)).toEqual(["before", "after"]);
    await outbox.close();
  });

  it("gives the disk back what it no longer needs", async () => {
    const outbox = openOutbox(join(tempFolder(), "outbox.db"));
    const queue = outbox.queue("cloud");
    await queue.append(Array.from({ length: 1000 }, (_, index) => large(`incident-${index}`)));
    const fullBytes = outbox.sizeBytes();
    const items = await queue.peek(1000);
    await queue.acknowledge(items.map((item) => item.sequence));
    await vi.waitUntil(() => outbox.sizeBytes() < fullBytes / 2, 10_000);
    await outbox.close();
  });

  it.each([{ maxAgeMs: 0 }, { maxAgeMs: Number.NaN }, { foreignFile: "delete" }, { maxMb: 5 }])(
    "cannot be opened with %o",
    (options) => {
      const open = () => openOutbox("/nowhere/outbox.db", options as OutboxOptions);
      expect(open).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    },
  );

  it.each([0, -1, 1.5, Number.NaN, MIB - 1])("cannot be limited to %s bytes", (maxBytes) => {
    const open = () => openOutbox("/nowhere/outbox.db", { maxBytes });
    expect(open).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("a path that cannot be an outbox", () => {
  const refusal = (...words: string[]) =>
    expect.objectContaining({
      code: "OUTBOX_UNAVAILABLE",
      hint: expect.any(String),
      message: expect.stringMatching(new RegExp(words.join(".*"), "s")),
    });

  it("is refused when the folder is missing", () => {
    const path = join(tempFolder(), "missing", "outbox.db");
    expect(() => openOutbox(path)).toThrow(
      refusal(path, "expected the folder", "got no such folder"),
    );
  });

  it("is refused when a file stands where the folder should be", () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    const path = join(file, "outbox.db");
    expect(() => openOutbox(path)).toThrow(refusal(path, "expected the folder", "got a file"));
  });

  it("is refused when it is a folder", () => {
    const path = join(tempFolder(), "outbox.db");
    mkdirSync(path);
    expect(() => openOutbox(path)).toThrow(refusal(path, "expected a file, got a folder"));
  });

  it("is refused, and left as it is, when a newer version wrote it", async () => {
    const path = join(tempFolder(), "outbox.db");
    await openOutbox(path).close();
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 3");
    newer.close();
    const content = readFileSync(path);
    expect(() => openOutbox(path)).toThrow(refusal(path, "expected version 2 or before, got 3"));
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it("is refused, with the number of the process that has it, and free once that is killed", async () => {
    const path = join(tempFolder(), "outbox.db");
    const holder = startChild(holdOutbox, path);
    await holder.printed(1);
    expect(() => openOutbox(path)).toThrow(refusal(path, "only user", `process ${holder.pid}`));
    await holder.kill();
    await openOutbox(path).close();
  });

  it("is refused when this process has it already", async () => {
    const path = join(tempFolder(), "outbox.db");
    const outbox = openOutbox(path);
    expect(() => openOutbox(path)).toThrow(refusal(path, `process ${process.pid}`));
    // The refused attempt must not have loosened the lock of the first.
    const second = startChild(holdOutbox, path);
    await expect(second.printed(1)).rejects.toThrow("is in use");
    await outbox.close();
  });
});

/** Appends until the outbox refuses; returns how many it took. */
async function fill(queue: ReturnType<ReturnType<typeof openOutbox>["queue"]>): Promise<number> {
  for (let count = 0; ; count++) {
    try {
      await queue.append([large(`incident-${count}`)]);
    } catch (error) {
      expect(error).toMatchObject({
        code: "OUTBOX_FULL",
        retryable: true,
        hint: expect.any(String),
      });
      return count;
    }
  }
}
