import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { encodeMessage } from "../../../src/math/message-json.ts";
import { type FileSinkOptions, fileSink } from "../../../src/sinks/file/file-sink.ts";
import type { Sink } from "../../../src/sinks/sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { tempFolder } from "../../temp-folder.ts";
import { idsByFile, messagesByFile, namesAside } from "./rotated.ts";

const running = new AbortController().signal;
const event = (id: string) => sampleEvent({ id });
const BYTES = encodeMessage(event("a")).length + 1;

async function writeEach(sink: Sink, ids: string): Promise<void> {
  for (const id of ids) await sink.write([event(id)], running);
}

/** Waits for compressing, which goes on beside writing. */
async function settled(folder: string): Promise<void> {
  await expect
    .poll(() => namesAside(folder).filter((name) => !name.endsWith(".jsonl.gz")), {
      timeout: 15_000,
    })
    .toEqual([]);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("fileSink with a limit", () => {
  sinkContract(() => {
    const folder = join(tempFolder(), "spool");
    mkdirSync(folder);
    return {
      sink: fileSink(join(folder, "events.jsonl"), { maxBytes: 100, gzip: false }),
      received: () => messagesByFile(folder).flat(),
      disconnect: () => renameSync(folder, `${folder}-unplugged`),
    };
  });

  it("puts a file aside before it grows beyond it, and never divides a batch", async () => {
    const folder = tempFolder();
    const path = join(folder, "events.jsonl");
    const sink = fileSink(path, { maxBytes: 2 * BYTES, gzip: false });
    await writeEach(sink, "abc");
    await sink.write([event("d"), event("e"), event("f")], running);
    await writeEach(sink, "g");
    await sink.close();
    expect(idsByFile(folder)).toEqual([["a", "b"], ["c"], ["d", "e", "f"], ["g"]]);
    expect(namesAside(folder)).toEqual(
      Array(3).fill(expect.stringMatching(/^events\.\d{8}T\d{9}Z\.jsonl$/)),
    );
  });

  it("goes on with the file of an earlier run", async () => {
    const folder = tempFolder();
    const path = join(folder, "events.jsonl");
    for (const ids of ["a", "bc"]) {
      const sink = fileSink(path, { maxBytes: 2 * BYTES });
      await writeEach(sink, ids);
      await sink.close();
    }
    expect(idsByFile(folder)).toEqual([["a", "b"], ["c"]]);
  });

  it("compresses what was put aside, beside writing", async () => {
    const folder = tempFolder();
    const sink = fileSink(join(folder, "events.jsonl"), { maxBytes: BYTES });
    await writeEach(sink, "abc");
    await settled(folder);
    await sink.close();
    expect(idsByFile(folder)).toEqual([["a"], ["b"], ["c"]]);
  });

  it("removes the oldest", async () => {
    const folder = tempFolder();
    const sink = fileSink(join(folder, "events.jsonl"), { maxBytes: BYTES, maxFiles: 2 });
    await writeEach(sink, "abcdef");
    await settled(folder);
    await sink.close();
    expect(idsByFile(folder)).toEqual([["d"], ["e"], ["f"]]);
  });

  it("touches no file that is not its own", async () => {
    const folder = tempFolder();
    const others = [
      "events.old.jsonl",
      "events.20261127T191252123Z.csv",
      "alarms.jsonl",
      "events.",
    ];
    for (const name of others) writeFileSync(join(folder, name), "mine");
    const sink = fileSink(join(folder, "events.jsonl"), { maxBytes: BYTES, maxFiles: 1 });
    await writeEach(sink, "abcd");
    await sink.close();
    for (const name of others) expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
  });

  it("keeps the order in the names when the clock is set back", async () => {
    const folder = tempFolder();
    const sink = fileSink(join(folder, "events.jsonl"), { maxBytes: BYTES, maxFiles: 3 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 27, 23, 59, 59, 999) });
    await writeEach(sink, "abc");
    vi.setSystemTime(Date.UTC(2020, 0, 1));
    await writeEach(sink, "de");
    await sink.close();
    expect(idsByFile(folder)).toEqual([["b"], ["c"], ["d"], ["e"]]);
    expect(namesAside(folder)[1]).toMatch(/^events\.20261128T000000001Z\./);
  });

  it.skipIf(process.getuid?.() === 0)(
    "keeps the batch while it may not put the file aside",
    async () => {
      const folder = tempFolder();
      const sink = fileSink(join(folder, "events.jsonl"), { maxBytes: BYTES });
      await writeEach(sink, "a");
      chmodSync(folder, 0o500);
      await expect(writeEach(sink, "b")).rejects.toMatchObject({
        code: "FILE_UNWRITABLE",
        retryable: true,
      });
      chmodSync(folder, 0o700);
      await writeEach(sink, "b");
      await sink.close();
      expect(idsByFile(folder)).toEqual([["a"], ["b"]]);
    },
  );

  it.each<{ options: FileSinkOptions }>([
    { options: { maxBytes: 0 } },
    { options: { maxBytes: 1.5 } },
    { options: { maxBytes: 1, maxFiles: 0 } },
    { options: { maxFiles: 3 } },
    { options: { gzip: true } },
  ])("refuses $options", ({ options }) => {
    expect(() => fileSink("events.jsonl", options)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});

describe("a file sink that begins where another one has crashed", () => {
  const stamp = "20200101T000000000Z";

  /** Begins with what the crash left, writes `c`, and has put everything in order. */
  async function restart(folder: string): Promise<readonly (readonly string[])[]> {
    const sink = fileSink(join(folder, "events.jsonl"), { maxBytes: 2 * BYTES });
    await writeEach(sink, "c");
    await settled(folder);
    await sink.close();
    return idsByFile(folder);
  }

  it("when the file had just been put aside", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, `events.${stamp}.jsonl`), `${encodeMessage(event("a"))}\n`);
    expect(await restart(folder)).toEqual([["a"], ["c"]]);
  });

  it("when it was compressed by half", async () => {
    const folder = tempFolder();
    const name = `events.${stamp}.jsonl`;
    writeFileSync(join(folder, name), `${encodeMessage(event("a"))}\n`);
    writeFileSync(join(folder, `${name}.gz.7f.draft`), gzipSync("half of it").subarray(0, 9));
    expect(await restart(folder)).toEqual([["a"], ["c"]]);
    expect(readdirSync(folder)).toEqual([`${name}.gz`, "events.jsonl"]);
  });

  it("when it was compressed, and not yet removed", async () => {
    const folder = tempFolder();
    const name = `events.${stamp}.jsonl`;
    const content = `${encodeMessage(event("a"))}\n`;
    writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content));
    expect(await restart(folder)).toEqual([["a"], ["c"]]);
  });

  it("when a line was written by half in a file that is full", async () => {
    const folder = tempFolder();
    const path = join(folder, "events.jsonl");
    writeFileSync(path, [event("a"), event("b")].map((one) => `${encodeMessage(one)}\n`).join(""));
    appendFileSync(path, encodeMessage(event("c")).slice(0, 100));
    expect(await restart(folder)).toEqual([["a", "b"], ["c"]]);
  });
});

describe("whatever is written, and however often it is begun anew,", () => {
  const batches = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 10 });
  const limits = fc.record(
    { maxBytes: fc.integer({ min: 1, max: 5 * BYTES }), maxFiles: fc.integer({ min: 1, max: 4 }) },
    { requiredKeys: ["maxBytes"] },
  );

  /** Writes batches of these lengths, each run with a sink of its own; returns the ids of each batch. */
  async function write(
    path: string,
    options: FileSinkOptions,
    runs: readonly (readonly number[])[],
  ): Promise<readonly (readonly string[])[]> {
    const written: string[][] = [];
    for (const run of runs) {
      const sink = fileSink(path, options);
      for (const length of run) {
        const ids = Array.from({ length }, (_, place) => `${written.length}.${place}`);
        await sink.write(ids.map(event), running);
        written.push(ids);
      }
      await sink.close();
    }
    return written;
  }

  it("the files hold the newest of it, in order, once, and within the limits", async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(batches, { maxLength: 3 }), async (options, runs) => {
        const { maxFiles = Number.POSITIVE_INFINITY, maxBytes } = options;
        const folder = tempFolder();
        const batches = await write(join(folder, "events.jsonl"), options, runs);
        const written = batches.flat();
        const files = messagesByFile(folder);
        const kept = idsByFile(folder).flat();
        const lost = written.length - kept.length;
        expect(kept).toEqual(written.slice(lost));
        expect(lost === 0 || files.length === maxFiles + 1).toBe(true);
        expect(files.length).toBeLessThanOrEqual(maxFiles + 1);
        const isBatch = (ids: string) => batches.some((batch) => batch.join() === ids);
        for (const file of files) {
          const bytes = file.reduce((sum, one) => sum + encodeMessage(one).length + 1, 0);
          expect(bytes <= maxBytes || isBatch(file.map(({ id }) => id).join())).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
