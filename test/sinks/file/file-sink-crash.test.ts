import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { fileSink } from "../../../src/sinks/file/file-sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { startChild } from "../../outbox/child.ts";
import { tempFolder } from "../../temp-folder.ts";
import { idsByFile, namesAside } from "./rotated.ts";

const writeForever = new URL("./write-forever.ts", import.meta.url);
const KILLS = Number(process.env["WHEELTAPPER_KILLS"] ?? 10);

it("a file sink killed with kill -9 has every acknowledged event in its files, in order and once", {
  timeout: 30_000 + KILLS * 5000,
}, async () => {
  const folder = tempFolder();
  const path = join(folder, "events.jsonl");
  const acknowledged: number[] = [];
  let from = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = startChild(writeForever, path, String(from));
    await child.printed(1);
    await pause(Math.random() * 150);
    await child.kill();
    acknowledged.push(...child.lines.map(Number));
    from = Math.max(...acknowledged) + 1000;
  }

  // What a gateway does at its next start: it writes something.
  const sink = fileSink(path, { maxBytes: 4_000 });
  await sink.write([sampleEvent({ id: String(from) })], new AbortController().signal);
  await expect
    .poll(() => namesAside(folder).every((name) => /^events\.\w+\.jsonl\.gz$/.test(name)), {
      timeout: 20_000,
    })
    .toBe(true);
  await sink.close();

  const found = idsByFile(folder).flat().map(Number);
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  expect(new Set(found).size).toBe(found.length);
  const there = new Set(found);
  expect(acknowledged.filter((number) => !there.has(number))).toEqual([]);
  expect(namesAside(folder).length).toBeGreaterThan(KILLS);
});
