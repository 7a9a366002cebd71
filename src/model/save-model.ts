import { openDraft } from "../draft-file.ts";
import type { Model } from "./model.ts";

/**
 * Writes a model to a file: under another name first, then renamed, so that a power cut leaves either
 * the old file or the new one.
 *
 * @throws {@link GatewayError} `FILE_UNWRITABLE`
 */
export async function saveModel({ bytes }: Pick<Model, "bytes">, path: string): Promise<void> {
  const draft = await openDraft(path);
  try {
    await draft.write(bytes);
    await draft.finish();
  } catch (error) {
    await draft.discard();
    throw error;
  }
}
