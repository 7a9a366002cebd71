import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { warnings } from "./warnings.ts";

const COUNT = 200;
const PAGE_BYTES = 4096;

const original = (number: number) =>
  sampleEvent({ id: `incident-${number}`, machine: "m".repeat(1000) });

/** A closed outbox with events in two queues. */
async function filledOutbox(): Promise<string> {
  const path = join(tempFolder(), "outbox.db");
  const outbox = openOutbox(path);
  const events = Array.from({ length: COUNT }, (_, number) => original(number));
  await outbox.queue("cloud").append(events);
  await outbox.queue("file").append(events.slice(0, 10));
  await outbox.close();
  return path;
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe("an event that the disk has changed", () => {
  it("goes to the dead letters, and the others go on", async () => {
    const path = await filledOutbox();
    change(
      path,
      "UPDATE message SET body = zeroblob(length(body)) WHERE id IN ('incident-0', 'incident-2')",
    );
    const outbox = openOutbox(path);
    const queue = outbox.queue("cloud");
    const items = await queue.peek(2);
    expect(items.map((item) => item.message)).toEqual([original(1), original(3)]);
    expect(queue.stats()).toMatchObject({ pending: COUNT - 2, deadLetters: 2 });
    await outbox.close();
  });

  it("goes to the dead letters when nothing is left of it", async () => {
    const path = await filledOutbox();
    change(path, "DELETE FROM message WHERE id = 'incident-0'");
    const outbox = openOutbox(path);
    const [first] = await outbox.queue("cloud").peek(1);
    expect(first?.message).toEqual(original(1));
    expect(outbox.queue("cloud").stats().deadLetters).toBe(1);
    await outbox.close();
  });

  it("does not come back as an incident that is still open", async () => {
    const path = await filledOutbox();
    change(path, "UPDATE message SET body = zeroblob(9) WHERE id = 'incident-0'");
    const outbox = openOutbox(path);
    expect(await outbox.unclosed()).toHaveLength(COUNT - 1);
    await outbox.close();
  });
});

describe("an outbox whose file was cut off", () => {
  it.each([0.9, 0.5, 0.2])("goes on with what is readable of %d of it", async (share) => {
    const messages = warnings();
    const path = await filledOutbox();
    truncateSync(path, Math.floor((statSync(path).size * share) / PAGE_BYTES) * PAGE_BYTES);

    const outbox = openOutbox(path);
    const queue = outbox.queue("cloud");
    const items = await queue.peek(COUNT);
    for (const { message } of items) {
      expect(message).toEqual(original(Number(message.id.replace("incident-", ""))));
    }
    // Something of it, and more of it the more there is; the first tenth has no messages.
    expect(items.length).toBeGreaterThan((COUNT * (share - 0.1)) / 4);
    await queue.append([sampleEvent({ id: "fresh" })]);
    expect(queue.stats().pending).toBe(items.length + 1);
    await outbox.close();

    expect(messages).toEqual([expect.stringContaining("was damaged")]);
    expect(readdirSync(join(path, ".."))).toContainEqual(
      expect.stringMatching(/^outbox\.db\.corrupt-\d+$/),
    );
  });

  it("is whole again afterwards", async () => {
    warnings();
    const path = await filledOutbox();
    truncateSync(path, 20 * PAGE_BYTES);
    await openOutbox(path).close();
    const messages = warnings();
    await openOutbox(path).close();
    expect(messages).toEqual([]);
  });
});

describe("an outbox with flipped bits", () => {
  it("hands out every event unchanged or not at all", async () => {
    warnings();
    const path = await filledOutbox();
    const intact = readFileSync(path);
    for (let round = 0; round < 25; round++) {
      const damaged = Buffer.from(intact);
      // Past the first page, whose damage makes it somebody else's file: that is set aside.
      for (let flip = 0; flip < 5; flip++) {
        const place = PAGE_BYTES + Math.floor(Math.random() * (damaged.length - PAGE_BYTES));
        damaged.writeUInt8(damaged.readUInt8(place) ^ (1 << (flip + 1)), place);
      }
      writeFileSync(path, damaged);
      const outbox = openOutbox(path);
      const items = await outbox.queue("cloud").peek(2 * COUNT);
      for (const { message } of items) {
        expect(message).toEqual(original(Number(message.id.replace("incident-", ""))));
      }
      expect(items.length).toBeGreaterThan(COUNT / 2);
      await outbox.close();
    }
  });

  it("ends a torn write-ahead log where it is torn", async () => {
    const path = await filledOutbox();
    const outbox = openOutbox(path);
    await outbox.queue("cloud").append([sampleEvent({ id: "late" })]);
    const log = readFileSync(`${path}-wal`);
    await outbox.close();
    log.fill(0xff, log.length - 100);
    writeFileSync(`${path}-wal`, log);
    const again = openOutbox(path);
    expect(again.queue("cloud").stats().pending).toBeGreaterThanOrEqual(COUNT);
    await again.close();
  });
});
