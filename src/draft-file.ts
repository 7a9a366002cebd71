import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { GatewayError } from "./errors.ts";

/** A file that appears under its name only when it is finished. */
export interface DraftFile {
  /** Appends. */
  write(content: string | Uint8Array): Promise<void>;
  /** Puts the file in place, once it is on the disk: a power cut leaves the old file or the new one. */
  finish(): Promise<void>;
  /** Throws the draft away; harmless after `finish`. */
  discard(): Promise<void>;
}

/**
 * Opens a draft beside `path`.
 *
 * @throws GatewayError `FILE_UNWRITABLE` naming the path, as do all its methods but `discard`
 */
export async function openDraft(path: string): Promise<DraftFile> {
  const draft = `${path}.${randomUUID()}.draft`;
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw new GatewayError("FILE_UNWRITABLE", `cannot write ${path}`, {
        cause,
        hint: "Check that the folder exists, is writable and has room.",
      });
    }
  };
  const file: FileHandle = await guard(open(draft, "wx"));
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await file.close();
    closed = true;
  };
  return {
    write: (content) => guard(file.appendFile(content)),
    async finish() {
      await guard(file.sync());
      await close();
      await guard(rename(draft, path));
    },
    async discard() {
      await close();
      await rm(draft, { force: true });
    },
  };
}
