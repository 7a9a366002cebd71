import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startChild } from "../../outbox/child.ts";
import { tempFolder } from "../../temp-folder.ts";
import { readFolder, reading, recording } from "./recording.ts";

const t0 = Date.UTC(2026, 10, 24, 10);

/** Mounts a disk of 1 MB; `undefined` where this user may not. */
function smallDisk(): string | undefined {
  const folder = tempFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return folder;
}

describe("a recorder killed with kill -9", () => {
  it.each(["pump.jsonl", "pump.csv"])(
    "leaves everything that was flushed readable: %s",
    async (name) => {
      vi.spyOn(process, "emitWarning").mockImplementation(() => {});
      const folder = tempFolder();
      const recorder = startChild(
        new URL("./record-forever.ts", import.meta.url),
        join(folder, name),
      );
      let flushed = 0;
      for (let lines = 1; flushed < 500; lines += 1) {
        await recorder.printed(lines);
        flushed = Number(recorder.lines[lines - 1]);
      }
      await recorder.kill();
      flushed = Number(recorder.lines.at(-1));
      const read = await readFolder(folder);
      expect(read.length).toBeGreaterThanOrEqual(flushed);
      expect(read).toEqual(
        read.map((_, count) => reading(count % 2 === 0 ? "a" : "b", 1_000_000 + count, count)),
      );
      vi.restoreAllMocks();
    },
    60_000,
  );
});

describe("a disk that is full", () => {
  it("holds nothing up, loses nothing for a while, and is said once", async (test) => {
    const disk = smallDisk();
    if (disk === undefined) return test.skip("needs the right to mount a disk");
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const { sent, recorded, heard } = recording("pump.jsonl", {}, disk);
    const log = join(disk, "log");
    sent.next(reading("a", t0));
    await recorded.flush();
    expect(() => writeFileSync(log, Buffer.alloc(2 * 1024 * 1024))).toThrow("ENOSPC");

    for (let count = 1; count < 1000; count += 1) sent.next(reading("a", t0 + count));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(recorded.flush()).rejects.toMatchObject({
        code: "FILE_UNWRITABLE",
        message: expect.stringContaining("ENOSPC"),
      });
      expect(readFileSync(recorded.stats().file ?? "", "utf8")).toMatch(/\}\n$/); // no half line
    }
    expect(recorded.stats()).toMatchObject({
      waiting: 999,
      written: 1,
      lastError: { code: "FILE_UNWRITABLE" },
    });
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("ENOSPC"), {
      code: "WHEELTAPPER_RECORDING_FAILED",
    });

    rmSync(log);
    await recorded.flush();
    expect(await readFolder(disk)).toEqual(heard);
    expect(recorded.stats()).toMatchObject({ waiting: 0, written: 1000 });
    expect(recorded.stats().lastError).toBeUndefined();
    warn.mockRestore();
  });

  it("costs, when it stays full, what the memory cannot take, and that is counted", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const folder = join(tempFolder(), "traces");
    mkdirSync(folder);
    const { sent, recorded, heard } = recording("pump.jsonl", {}, folder);
    rmSync(folder, { recursive: true }); // as full as a disk can be, for any user
    for (let count = 0; count < 100_500; count += 1) sent.next(reading("a", t0 + count));
    expect(heard).toHaveLength(100_500);
    await expect(recorded.flush()).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
    expect(recorded.stats()).toMatchObject({ waiting: 100_000, drops: { unwritten: 500 } });
    mkdirSync(folder);
    await recorded.flush();
    expect(await readFolder(folder)).toHaveLength(100_000);
    warn.mockRestore();
  });
});
