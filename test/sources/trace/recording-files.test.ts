import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defer, from, lastValueFrom } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import { recordTrace } from "../../../src/sources/trace/record-trace.ts";
import { tempFolder } from "../../temp-folder.ts";
import { handSource } from "./hand-source.ts";
import { readAll } from "./read-all.ts";
import { filesIn, readFolder, reading, recording, tags } from "./recording.ts";

afterEach(() => void vi.useRealTimers());

const t0 = Date.UTC(2026, 10, 24, 10);

describe("the files of a recording", () => {
  it("stay below their size, and only the newest are kept", async () => {
    const { folder, sent, recorded } = recording("pump.jsonl", { maxFileBytes: 2000, maxFiles: 3 });
    writeFileSync(join(folder, "pump-notes.jsonl"), "mine");
    writeFileSync(join(folder, "pump-2020-01-01T00-00-00.000Z.jsonl.gz"), "old and compressed");
    const readings = Array.from({ length: 500 }, (_, count) => reading("a", t0 + count));
    for (const one of readings.slice(0, 250)) sent.next(one);
    await recorded.flush();
    for (const one of readings.slice(250)) sent.next(one);
    await recorded.flush();
    rmSync(join(folder, "pump-notes.jsonl"));
    const files = filesIn(folder);
    expect(files).toHaveLength(3);
    expect(join(folder, files[2] ?? "")).toBe(recorded.stats().file);
    for (const file of files.slice(0, 2)) {
      const { length } = readFileSync(join(folder, file));
      expect(length).toBeLessThanOrEqual(2000);
      expect(length).toBeGreaterThan(1900);
    }
    const kept = await readFolder(folder);
    expect(kept.length).toBeGreaterThan(50);
    expect(kept).toEqual(readings.slice(-kept.length));
    expect(recorded.stats().written).toBe(500);
  });

  it("begin anew when one is as old as it may get", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { folder, sent, recorded } = recording("pump.jsonl", { maxFileMs: 60_000 });
    for (const [count, files] of [1, 1, 2, 2].entries()) {
      sent.next(reading("a", t0 + count));
      await recorded.flush();
      expect(filesIn(folder)).toHaveLength(files);
      vi.advanceTimersByTime(30_000);
    }
    expect(await readFolder(folder)).toHaveLength(4);
  });

  it("sort in the order of recording, also when the clock was set back", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: t0 });
    const folder = tempFolder();
    for (const [count, nowMs] of [t0, t0, 0, t0 + 60_000].entries()) {
      vi.setSystemTime(nowMs);
      const { sent, recorded } = recording("pump.jsonl", {}, folder);
      sent.next(reading("a", count));
      await recorded.flush();
    }
    expect(filesIn(folder)).toEqual([
      "pump-2026-11-24T10-00-00.000Z.jsonl",
      "pump-2026-11-24T10-00-00.001Z.jsonl",
      "pump-2026-11-24T10-00-00.002Z.jsonl",
      "pump-2026-11-24T10-01-00.000Z.jsonl",
    ]);
    expect((await readFolder(folder)).map(({ timeMs }) => timeMs)).toEqual([0, 1, 2, 3]);
  });

  it("are not used up by a device that is subscribed to again and again", async () => {
    const folder = tempFolder();
    let timeMs = t0;
    const readings = defer(() => from([reading("a", timeMs), reading("b", timeMs)]));
    const recorded = recordTrace(handSource(readings, tags), join(folder, "pump.jsonl"));
    for (; timeMs < t0 + 20; timeMs += 1) {
      await lastValueFrom(recorded.readings);
      await recorded.flush();
    }
    expect(filesIn(folder)).toHaveLength(1);
    expect(await readFolder(folder)).toHaveLength(40);
  });

  it("begin anew when somebody has removed or moved the one that is written", async () => {
    const { folder, sent, recorded } = recording("pump.jsonl");
    const file = () => recorded.stats().file ?? "";
    sent.next(reading("a", 1));
    await recorded.flush();
    rmSync(file());
    sent.next(reading("a", 2));
    await recorded.flush();
    expect(await readAll(file())).toEqual([reading("a", 2)]);
    const moved = join(tempFolder(), "moved.jsonl");
    renameSync(file(), moved);
    sent.next(reading("a", 3));
    await recorded.flush();
    expect(await readAll(moved)).toEqual([reading("a", 2), reading("a", 3)]);
    expect(filesIn(folder)).toEqual([]);
  });
});

describe("a CSV recording", () => {
  it("waits latenessMs for what belongs before a row, then counts it as late", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { folder, sent, recorded, subscription } = recording("pump.csv", { latenessMs: 2000 });
    sent.next(reading("a", t0 + 5000));
    vi.advanceTimersByTime(1999);
    await recorded.flush();
    expect(filesIn(folder)).toEqual([]);
    sent.next(reading("b", t0 + 4000));
    vi.advanceTimersByTime(1);
    await recorded.flush();
    expect(await readFolder(folder)).toEqual([reading("b", t0 + 4000), reading("a", t0 + 5000)]);
    sent.next(reading("b", t0 + 3000));
    sent.next(reading("b", t0 + 6000));
    subscription.unsubscribe();
    await recorded.flush();
    expect((await readFolder(folder)).at(-1)).toEqual(reading("b", t0 + 6000));
    expect(recorded.stats()).toMatchObject({ written: 3, waiting: 0, drops: { late: 1 } });
  });

  it("goes on in a new file after a clock that was far ahead", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { folder, sent, recorded } = recording("pump.csv", { latenessMs: 1000 });
    const send = async (...readings: Reading[]): Promise<void> => {
      for (const one of readings) sent.next(one);
      vi.advanceTimersByTime(1000);
      await recorded.flush();
    };
    const year = 365 * 86_400_000;
    await send(reading("a", t0), reading("a", t0 + year));
    await send(reading("a", t0 + 1000), reading("b", t0 + 1000));
    await send(reading("a", t0 + 2000));
    expect(filesIn(folder)).toHaveLength(2);
    expect(await readFolder(folder)).toHaveLength(5);
    expect(recorded.stats().drops.late).toBe(0);
  });
});
