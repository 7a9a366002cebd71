import { access } from "node:fs/promises";
import { GatewayError } from "../errors.ts";
import { type FileOutbox, fileOutbox } from "../outbox/file/file-outbox.ts";

/**
 * Opens an outbox to read it: makes none where there is none, and touches no other file.
 *
 * @throws GatewayError `FILE_UNREADABLE` when there is no file, `OUTBOX_UNAVAILABLE` when it is none or a gateway holds it
 */
export async function openExistingOutbox(path: string): Promise<FileOutbox> {
  try {
    await access(path);
  } catch (cause) {
    throw new GatewayError("FILE_UNREADABLE", `cannot read ${path}`, {
      cause,
      hint: "Check the path and the permissions.",
    });
  }
  return fileOutbox(path, { foreignFile: "refuse" });
}
