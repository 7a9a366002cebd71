import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../src/outbox/store-and-forward.ts";
import { httpSink } from "../../src/sinks/http/http-sink.ts";
import { startReceiver } from "../sinks/receiver.ts";
import { tempFolder } from "../temp-folder.ts";
import { type Child, startChild } from "./child.ts";

const uploadForever = new URL("./upload-forever.ts", import.meta.url);
const appendForever = new URL("./append-forever.ts", import.meta.url);
/** In each of the two tests. */
const KILLS = Number(process.env["WHEELTAPPER_KILLS"] ?? 100);

/** Runs a script again and again, each time killed at a random moment; returns what it printed in all. */
async function killRepeatedly(
  start: () => Child,
  afterKill: (acknowledged: ReadonlySet<number>) => Promise<void>,
): Promise<ReadonlySet<number>> {
  const acknowledged = new Set<number>();
  let from = 0;
  // The next one stands by and has loaded everything when its turn comes: half a second less for each kill.
  let next = start();
  for (let kill = 0; kill < KILLS; kill++) {
    const child = next;
    next = start();
    child.tell(String(from));
    await child.printed(1);
    await pause(Math.random() * 50);
    await child.kill();
    for (const line of child.lines) acknowledged.add(Number(line));
    from = Math.max(...acknowledged) + 1000;
    await afterKill(acknowledged);
  }
  await next.kill();
  return acknowledged;
}

describe("a gateway killed with kill -9", () => {
  it("has every acknowledged event in its outbox, once", {
    timeout: 30_000 + KILLS * 5000,
  }, async () => {
    const path = join(tempFolder(), "outbox.db");
    const ledger = new Set<number>();
    const acknowledged = await killRepeatedly(
      () => startChild(appendForever, path),
      async (sofar) => {
        const outbox = openOutbox(path);
        const queue = outbox.queue("cloud");
        const items = await queue.peek(1_000_000);
        const found = items.map(({ message }) => Number(message.id.replace("incident-", "")));
        expect(found.filter((number) => ledger.has(number))).toEqual([]);
        for (const number of found) ledger.add(number);
        expect([...sofar].filter((number) => !ledger.has(number))).toEqual([]);
        await queue.acknowledge(items.map(({ sequence }) => sequence));
        await outbox.close();
      },
    );
    expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS);
    expect(ledger.size).toBeGreaterThanOrEqual(acknowledged.size);
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
      () => startChild(uploadForever, path, receiver.url),
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
