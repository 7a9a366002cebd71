import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import type { OutboxQueue } from "../../src/outbox/outbox.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { httpSink } from "../../src/sinks/http/http-sink.ts";
import { startReceiver } from "../sinks/receiver.ts";
import { tempFolder } from "../temp-folder.ts";
import { startChild } from "./child.ts";

const uploadForever = new URL("./upload-forever.ts", import.meta.url);
const appendForever = new URL("./append-forever.ts", import.meta.url);
const KILLS = Number(process.env["WHEELTAPPER_KILLS"] ?? 10);

/** Runs `script` again and again, each time killed at a random moment; returns what it printed in all. */
async function killRepeatedly(
  start: (from: number) => ReturnType<typeof startChild>,
  afterKill: (acknowledged: ReadonlySet<number>) => Promise<void>,
): Promise<ReadonlySet<number>> {
  const acknowledged = new Set<number>();
  let from = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = start(from);
    await child.printed(1);
    await pause(Math.random() * 150);
    await child.kill();
    for (const line of child.lines) acknowledged.add(Number(line));
    from = Math.max(...acknowledged) + 1000;
    await afterKill(acknowledged);
  }
  return acknowledged;
}

describe("a gateway killed with kill -9", () => {
  it("has every acknowledged event in its outbox, once", {
    timeout: 30_000 + KILLS * 5000,
  }, async () => {
    const path = join(tempFolder(), "outbox.db");
    const acknowledged = await killRepeatedly(
      (from) => startChild(appendForever, path, String(from)),
      async (sofar) => {
        const outbox = openOutbox(path);
        const found = await waiting(outbox.queue("cloud"));
        await outbox.close();
        const once = new Set(found);
        expect(once.size).toBe(found.length);
        expect([...sofar].filter((number) => !once.has(number))).toEqual([]);
      },
    );
    expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS);
  });

  it("has every acknowledged event at the receiver in the end", {
    timeout: 30_000 + KILLS * 5000,
  }, async () => {
    const path = join(tempFolder(), "outbox.db");
    const receiver = await startReceiver();
    receiver.answer((response, { events }) => {
      // Now and then busy, and now and then gone after it has taken the batch.
      const dice = Math.random();
      if (dice < 0.1) response.writeHead(503).end();
      else if (dice < 0.2)
        response.writeHead(200, { "content-length": 10 }).write("cut", () => response.destroy());
      else setTimeout(() => response.writeHead(204).end(), events.length);
    });

    const acknowledged = await killRepeatedly(
      (from) => startChild(uploadForever, path, receiver.url, String(from)),
      async () => {},
    );
    receiver.answer((response) => response.writeHead(204).end());
    const outbox = openOutbox(path);
    const sink = storeAndForward(httpSink({ url: receiver.url, name: "cloud" }), outbox);
    await vi.waitUntil(() => sink.stats().pending === 0, 30_000);
    await sink.close();
    await outbox.close();

    const ledger = new Map<string, unknown>();
    for (const { id, data } of receiver.accepted) {
      // A repetition is the very same message, so whoever counts by id counts right.
      if (ledger.has(id)) expect(data).toEqual(ledger.get(id));
      ledger.set(id, data);
    }
    const missing = [...acknowledged].filter((number) => !ledger.has(`incident-${number}/0`));
    expect(missing).toEqual([]);
  });
});

/** Reads a queue to its end and returns the numbers of its events. */
async function waiting(queue: OutboxQueue): Promise<readonly number[]> {
  const items = await queue.peek(1_000_000);
  return items.map(({ message }) => Number(message.id.replace("incident-", "")));
}
