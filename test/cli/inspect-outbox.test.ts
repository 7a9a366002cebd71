import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import {
  sampleCapture,
  sampleEvent,
  sampleLabel,
  sampleSummary,
} from "../../src/testing/sample-messages.ts";
import { folderOfFile } from "../temp-folder.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = join(folder, "events.db");

describe("wheeltapper inspect <outbox>", () => {
  it("shows what waits for whom, and which incidents are open", async () => {
    const outbox = openOutbox(path);
    const queue = outbox.queue("http cloud");
    await queue.append([sampleEvent({ id: "a" }), sampleEvent({ id: "b" })]);
    await outbox.close();

    const { stdout } = await runCli("inspect", path, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "outbox",
      queues: [{ name: "http cloud", pending: 2, deadLetters: 0 }],
      unclosed: [{ id: "a" }, { id: "b" }],
    });
    const forPeople = await runCli("inspect", path);
    expect(forPeople.stdout).toMatch(/http cloud +2 +0/);
  });

  it("shows what of each kind waits, was lost, was refused and is kept, and what an outage would take", async () => {
    const other = join(folder, "full.db");
    const outbox = openOutbox(other, { maxBytes: 1024 * 1024 });
    const queue = outbox.queue("cloud");
    const large = (number: number) =>
      sampleSummary({ id: `summary-${number}`, machine: "m".repeat(50_000) });
    for (let number = 0; number < 40; number++) {
      await queue.append([large(number)]);
      await setTimeout(2);
    }
    await outbox.keep([sampleLabel(), sampleCapture()]);
    await queue.append([sampleEvent({ id: "poison" })]);
    const poison = (await queue.peek(100)).at(-1);
    await queue.reject([poison?.sequence ?? 0], "answered 400");
    const { pending, dropped } = queue.stats();
    await outbox.close();
    expect(dropped).toBeGreaterThan(10);

    const { stdout } = await runCli("inspect", other, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      queues: [
        {
          name: "cloud",
          pending,
          dropped,
          oldest: expect.stringMatching(/^20/),
          pendingByKind: [{ kind: "score-summary", count: pending }],
          droppedByKind: [{ kind: "score-summary", reason: "full", count: dropped }],
          newestDeadLetters: [{ message: "anomaly poison/0", reason: "answered 400" }],
        },
      ],
      kept: [
        { kind: "capture", count: 1 },
        { kind: "label", count: 1 },
      ],
      plan: { outageHours: 72, bytes: expect.any(Number), flashBytesPerDay: expect.any(Number) },
    });
    expect(JSON.parse(stdout).plan.bytes).toBeGreaterThan(1e9);
    const forPeople = await runCli("inspect", other);
    expect(forPeople.stdout).toMatch(/cloud: \d+ score-summary dropped \(full\)/);
    expect(forPeople.stdout).toContain("anomaly poison/0: answered 400");
    expect(forPeople.stdout).toContain("kept for reading: 1 label");
    expect(forPeople.stdout).toMatch(/an outage of 72 h needs \d+ MB/);
  });

  it("never moves a database away that it was only to look into", async () => {
    const other = join(folder, "orders.db");
    const database = new DatabaseSync(other);
    database.exec("CREATE TABLE orders (number INTEGER)");
    database.close();
    const { code, stderr } = await runCli("inspect", other);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("is not an outbox"),
    });
    expect(existsSync(other)).toBe(true);
  });

  it("leaves an outbox alone that a gateway is using, and says whose it is", async () => {
    const outbox = openOutbox(path);
    const { code, stderr } = await runCli("inspect", path);
    await outbox.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(String(process.pid)),
    });
  });

  it("makes no file where there is none", async () => {
    const { code, stderr } = await runCli("inspect", join(folder, "none.db"));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("none.db") });
  });
});
