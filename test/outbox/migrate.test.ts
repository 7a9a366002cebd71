import { copyFileSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent, sampleSensorFault } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { warnings } from "./warnings.ts";

/**
 * An outbox that version 1 wrote: in queue `cloud`, `waiting/0` and `refused/1` wait, and `refused/0` is a dead letter; in queue
 * `file`, `waiting/0` and a sensor fault wait; the incidents `delivered` and `waiting` and the fault are open.
 */
const VERSION_1 = fileURLToPath(new URL("../fixtures/outbox/version-1.sqlite", import.meta.url));

function oldOutbox(): string {
  const path = join(tempFolder(), "outbox.db");
  copyFileSync(VERSION_1, path);
  return path;
}

const waiting = sampleEvent({ id: "waiting" });
const fault = sampleSensorFault({ id: "fault" });

describe("an outbox that version 1 wrote", () => {
  it("is there in full", async () => {
    const outbox = openOutbox(oldOutbox());
    const [cloud, file] = [outbox.queue("cloud"), outbox.queue("file")];
    const items = await cloud.peek(10);
    const closed = sampleEvent({ id: "refused", revision: 1, phase: "closed" });
    expect(items.map(({ message }) => message)).toEqual([waiting, closed]);
    expect((await file.peek(10)).map(({ message }) => message)).toEqual([waiting, fault]);
    expect(items[0]?.appendedMs).toBe(waiting.endMs);

    const [letter] = await cloud.deadLetters(10);
    expect(letter).toMatchObject({
      message: sampleEvent({ id: "refused" }),
      reason: "answered 400",
    });
    expect((await outbox.unclosed()).map(({ id }) => id).sort()).toEqual([
      "delivered",
      "fault",
      "waiting",
    ]);
    await outbox.close();
  });

  it("goes on with new numbers, and stays new", async () => {
    const path = oldOutbox();
    const outbox = openOutbox(path);
    const queue = outbox.queue("cloud");
    const before = await queue.peek(10);
    await queue.append([sampleEvent({ id: "fresh" })]);
    await outbox.close();

    const again = openOutbox(path);
    const items = await again.queue("cloud").peek(10);
    expect(items.slice(0, 2)).toEqual(before);
    expect(items[2]?.message.id).toBe("fresh");
    expect(items[2]?.sequence).toBeGreaterThan(items[1]?.sequence ?? 0);
    await again.close();
  });

  it("is salvaged first when it is damaged", async () => {
    const messages = warnings();
    const path = oldOutbox();
    truncateSync(path, readFileSync(path).length - 4096);
    const outbox = openOutbox(path);
    expect(messages).toEqual([expect.stringContaining("was damaged")]);
    expect(outbox.queues()).toEqual(["cloud", "file"]);
    await outbox.queue("cloud").append([waiting]);
    expect((await outbox.queue("cloud").peek(10)).map(({ message }) => message)).toContainEqual(
      waiting,
    );
    await outbox.close();
  });

  it("stays what it was when it cannot be brought over", () => {
    const path = oldOutbox();
    const database = new DatabaseSync(path);
    database.exec("DROP TABLE incident");
    database.close();
    expect(() => openOutbox(path)).toThrow(expect.objectContaining({ code: "OUTBOX_UNAVAILABLE" }));
    const after = new DatabaseSync(path);
    expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    expect(after.prepare("SELECT count(*) AS count FROM event").get()).toEqual({ count: 3 });
    after.close();
  });
});
