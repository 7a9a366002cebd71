import { open, rename, rm } from "node:fs/promises";
import { GatewayError } from "../errors.ts";
import type { Model } from "./model.ts";

/**
 * Writes a model to a file: under another name first, then renamed, so that a power cut leaves either
 * the old file or the new one.
 *
 * @throws GatewayError `FILE_UNWRITABLE`
 */
export async function saveModel({ bytes }: Pick<Model, "bytes">, path: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  try {
    const file = await open(draft, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw new GatewayError("FILE_UNWRITABLE", `cannot write the model to ${path}`, {
      cause,
      hint: "Check that the folder exists, is writable and has room.",
    });
  }
}
