import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { firstValueFrom, type Subscription, toArray } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import type { Source } from "../../../src/sources/source.ts";
import { traceSource } from "../../../src/sources/trace/trace-source.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { traceFolder } from "./trace-folder.ts";

const folder = traceFolder();
const all = (source: Source) => firstValueFrom(source.readings.pipe(toArray()));
const subscriptions: Subscription[] = [];

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
  vi.useRealTimers();
});

const nextTurn = setImmediate; // the real one, also where a test has it under its control

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => nextTurn(resolve));
}

function manyRows(count: number, name = "trace.csv"): string {
  const rows = Array.from({ length: count }, (_, row) => `${row * 1000},${row}\n`).join("");
  const content = `time,a\n${rows}`;
  return folder.write(name.endsWith(".gz") ? gzipSync(content) : content, name);
}

/** Subscribes and keeps what comes. */
function listen(source: Source, onReading: () => void = () => {}) {
  const heard = {
    readings: [] as Reading[],
    states: [] as string[],
    ended: false,
    error: undefined as unknown,
  };
  const states = source.status.subscribe({
    next: ({ state }) => heard.states.push(state),
    error: (error: unknown) => heard.states.push(`failed: ${error}`),
  });
  const readings = source.readings.subscribe({
    next: (reading) => {
      heard.readings.push(reading);
      onReading();
    },
    error: (error: unknown) => {
      heard.error = error;
    },
    complete: () => {
      heard.ended = true;
    },
  });
  subscriptions.push(states, readings);
  return { heard, unsubscribe: () => readings.unsubscribe() };
}

/** How often this process has `path` open. */
function handles(path: string): number {
  const links = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(join("/proc/self/fd", descriptor));
    } catch {
      return ""; // the descriptor that read the folder
    }
  });
  return links.filter((link) => link === path).length;
}

describe("traceSource", () => {
  sourceContract(() => ({
    source: traceSource(manyRows(2000)),
    outage: "a file does not come back",
  }));

  sourceContract(() => ({
    source: traceSource(manyRows(2000), { speed: 1000 }),
    outage: "a file does not come back",
  }));

  it("delivers the recorded readings and ends", async () => {
    const path = folder.write("time,a,b,label\n1000,1,,0\n2000,NaN,3,0\n");
    const { heard } = listen(traceSource(path, { ignore: ["label"] }));
    await until(() => heard.ended);
    expect(heard.readings).toEqual([
      { tag: "a", timeMs: 1000, value: 1, quality: "good" },
      { tag: "a", timeMs: 2000, value: Number.NaN, quality: "bad" },
      { tag: "b", timeMs: 2000, value: 3, quality: "good" },
    ]);
    expect(heard.states).toEqual(["idle", "connecting", "live", "ended"]);
  });

  it("knows its tags before anybody subscribes, and reads them once", () => {
    const path = folder.write("time,a,a:quality,b,label\n0,1,good,2,0\n");
    const source = traceSource(path, { ignore: ["label"] });
    expect(source.tags).toEqual([{ name: "a" }, { name: "b" }]);
    rmSync(path);
    expect(source.tags).toEqual([{ name: "a" }, { name: "b" }]);
  });

  it("is named after its file unless it is given a name", () => {
    expect(traceSource("pump.csv").name).toBe("trace pump.csv");
    expect(traceSource("pump.csv", { name: "pump 1" }).name).toBe("pump 1");
  });

  it("reads the file anew for every subscriber", async () => {
    const source = traceSource(manyRows(3000));
    const [first, second] = await Promise.all([all(source), all(source)]);
    expect(first).toHaveLength(3000);
    expect(second).toEqual(first);
    expect(await all(source)).toEqual(first);
  });

  it("never says live when there is nothing but bad readings", async () => {
    const { heard } = listen(traceSource(folder.write("time,a\n0,NaN\n")));
    await until(() => heard.ended);
    expect(heard.states).toEqual(["idle", "connecting", "ended"]);
  });

  it("delivers what stands before a wrong row, then fails and says why", async () => {
    const source = traceSource(folder.write("time,a\n0,1\n1,x\n"));
    const { heard } = listen(source);
    await until(() => heard.error !== undefined);
    expect(heard.error).toMatchObject({ name: "GatewayError", code: "TRACE_INVALID" });
    expect(heard.readings).toHaveLength(1);
    expect(await firstValueFrom(source.status)).toMatchObject({
      state: "failed",
      error: heard.error,
    });
  });

  it.each([
    ["a missing file", () => traceSource("gone.csv"), "FILE_UNREADABLE"],
    ["an unknown ending", () => traceSource("trace.parquet"), "TRACE_INVALID"],
    [
      "an ignored column that is not there",
      () => traceSource(folder.write("time,a\n0,1\n"), { ignore: ["b"] }),
      "CONFIG_INVALID",
    ],
  ])("fails for %s, in its readings and its tags", async (_, create, code) => {
    const source = create();
    await expect(all(source)).rejects.toMatchObject({ name: "GatewayError", code });
    expect(() => source.tags).toThrow(expect.objectContaining({ code }));
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses the speed %s", (speed) => {
    expect(() => traceSource("trace.csv", { speed })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });

  it("delivers at most 256 rows in one turn of the event loop", async () => {
    const { heard } = listen(traceSource(manyRows(5000)));
    let before = 0;
    await until(() => {
      expect(heard.readings.length - before).toBeLessThanOrEqual(256);
      before = heard.readings.length;
      return heard.ended;
    });
    expect(heard.readings).toHaveLength(5000);
  });
});

describe.runIf(process.platform === "linux")("the file of a traceSource", () => {
  it.each(["trace.csv", "trace.csv.gz"])("is closed when unsubscribed midway: %s", async (name) => {
    vi.useFakeTimers({ toFake: ["setImmediate", "clearImmediate"] });
    const path = manyRows(100_000, name);
    const { heard, unsubscribe } = listen(traceSource(path), () => {
      if (heard.readings.length === 300) unsubscribe();
    });
    for (let chunk = 0; chunk < 2; chunk += 1) {
      await until(() => vi.getTimerCount() === 1);
      expect(handles(path)).toBe(1);
      vi.runOnlyPendingTimers();
    }
    // No third turn comes, so the rest of the file cannot have been read.
    await until(() => handles(path) === 0);
    expect(heard.readings).toHaveLength(300);
    expect(heard.states.at(-1)).toBe("idle");
  });

  it("is closed when unsubscribed while the next row is not due", async () => {
    const path = manyRows(100_000);
    const { heard, unsubscribe } = listen(traceSource(path, { speed: 0.001 }));
    await until(() => heard.readings.length === 1);
    expect(handles(path)).toBe(1);
    unsubscribe();
    await until(() => handles(path) === 0);
  });

  it("is not held open by asking for the tags", () => {
    const path = manyRows(10);
    const source = traceSource(path);
    expect(source.tags).toHaveLength(1);
    expect(handles(path)).toBe(0);
  });
});

describe("traceSource with a speed", () => {
  it.each([
    [1, 10_000],
    [60, 600_000],
    [0.5, 5_000],
  ])("replays at %s times the recorded pace", async (speed, stepMs) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const start = Date.UTC(2026, 2, 1);
    const times = [start, start + stepMs, start + stepMs, start + 4 * stepMs];
    const rows = times.map((timeMs, row) => `${timeMs},${row}\n`);
    const { heard } = listen(traceSource(folder.write(`time,a\n${rows.join("")}`), { speed }));

    await until(() => vi.getTimerCount() === 1);
    expect(heard.readings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(heard.readings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(heard.readings).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(heard.readings).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(heard.readings.map(({ timeMs }) => timeMs)).toEqual(times);
    await until(() => heard.ended);
  });

  it("waits out a gap that is longer than a timer can be", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const gapMs = 60 * 24 * 3_600_000;
    const path = folder.write(`time,a\n0,1\n${gapMs},2\n`);
    const { heard } = listen(traceSource(path, { speed: 1 }));
    await until(() => vi.getTimerCount() === 1);
    await vi.advanceTimersByTimeAsync(gapMs - 1);
    expect(heard.readings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(heard.readings).toHaveLength(2);
  });
});
