import { createReadStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { openDraft } from "../../draft-file.ts";
import { type FileAside, findAside, nameAside, nextStamp } from "./files-aside.ts";
import { flushFolder } from "./json-lines.ts";

/** Puts full files aside. */
export interface Rotation {
  /** Puts the file aside and removes the oldest ones; it must be closed. */
  put(): Promise<void>;
  /** Clears up what an earlier run left; at the first call only. */
  tidyOnce(): void;
  /** Stops compressing; the next run goes on with it. */
  close(): Promise<void>;
}

export function rotation(
  path: string,
  { maxFiles = Number.POSITIVE_INFINITY, gzip = true }: { maxFiles?: number; gzip?: boolean },
): Rotation {
  const closing = new AbortController();
  let tidying: Promise<void> | undefined;

  const settle = async ({ plain, compressed }: FileAside): Promise<void> => {
    if (plain === undefined) return;
    if (compressed === undefined) {
      if (!gzip) return;
      await compress(plain, closing.signal);
    }
    await rm(plain, { force: true });
  };

  const tidy = async (): Promise<void> => {
    const { files, drafts } = await findAside(path);
    for (const draft of drafts) await rm(draft, { force: true });
    // The messages are safe either way: no reason to leave the next file as it is, or to stop writing.
    for (const file of files) await settle(file).catch(() => {});
  };

  const startTidying = (): void => {
    tidying = tidy().catch(() => {});
  };

  return {
    async put() {
      await tidying;
      const { files } = await findAside(path);
      const stamp = nextStamp(files.at(-1)?.stamp, Date.now());
      await rename(path, nameAside(path, stamp));
      await flushFolder(path);
      // The one that was just put aside is kept, too.
      for (const file of files.slice(0, Math.max(0, files.length + 1 - maxFiles)))
        await remove(file);
      startTidying();
    },
    tidyOnce() {
      if (tidying === undefined) startTidying();
    },
    async close() {
      closing.abort();
      await tidying;
    },
  };
}

async function remove({ plain, compressed }: FileAside): Promise<void> {
  for (const file of [plain, compressed]) {
    if (file !== undefined) await rm(file, { force: true });
  }
}

/** Writes `<file>.gz`; it is complete and on the disk when it appears. */
async function compress(file: string, signal: AbortSignal): Promise<void> {
  const draft = await openDraft(`${file}.gz`);
  try {
    await pipeline(
      createReadStream(file),
      createGzip(),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) await draft.write(chunk);
      },
      { signal },
    );
    await draft.finish();
  } finally {
    await draft.discard();
  }
  await flushFolder(file);
}
