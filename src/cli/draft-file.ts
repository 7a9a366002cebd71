import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { GatewayError } from "../errors.ts";

/** A text file that appears under its name only when it is finished. */
export interface DraftFile {
  write(text: string): Promise<void>;
  /** Puts the file in place. */
  finish(): Promise<void>;
  /** Throws the draft away. */
  discard(): Promise<void>;
}

/**
 * Opens a draft beside `path`.
 *
 * @throws GatewayError `FILE_UNWRITABLE`, as do all its methods but `discard`
 */
export async function openDraft(path: string): Promise<DraftFile> {
  const draft = `${path}.${process.pid}.draft`;
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
  const file: FileHandle = await guard(open(draft, "w"));
  return {
    async write(text) {
      await guard(file.writeFile(text));
    },
    async finish() {
      await guard(file.sync());
      await file.close();
      await guard(rename(draft, path));
    },
    async discard() {
      await file.close();
      await rm(draft, { force: true });
    },
  };
}
