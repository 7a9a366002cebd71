import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { GatewayError } from "../../errors.ts";

/**
 * Opens a file of JSON Lines for appending, made when it is new. What a crash left of a last line is removed; one that only
 * lacks its line break is completed.
 *
 * @throws GatewayError `FILE_UNWRITABLE` when it holds something else, which stays as it is; or whatever the disk says
 */
export async function openRepaired(path: string): Promise<FileHandle> {
  const file = await open(path, "a+");
  try {
    const { size } = await file.stat();
    if (size === 0) await flushFolder(path);
    else await repairLastLine(file, size);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function repairLastLine(file: FileHandle, size: number): Promise<void> {
  const tail = await lastLine(file, size);
  if (tail.length === 0) return;
  if (isJson(tail)) {
    await file.appendFile("\n");
  } else if (tail[0] === OPENING_BRACE || tail.every((byte) => byte === 0)) {
    await file.truncate(size - tail.length);
  } else {
    throw new GatewayError(
      "FILE_UNWRITABLE",
      `expected JSON Lines, got "${tail.toString("utf8", 0, 40)}"`,
    );
  }
  await file.datasync();
}

const CHUNK_BYTES = 64 * 1024;
const LINE_BREAK = 0x0a;
const OPENING_BRACE = 0x7b;

/** Returns what stands after the last line break. */
async function lastLine(file: FileHandle, size: number): Promise<Buffer> {
  let tail = Buffer.alloc(0);
  let start = size;
  while (start > 0) {
    const length = Math.min(CHUNK_BYTES, start);
    start -= length;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
    const lineBreak = buffer.lastIndexOf(LINE_BREAK);
    tail = Buffer.concat([buffer.subarray(lineBreak + 1), tail]);
    if (lineBreak >= 0) break;
  }
  return tail;
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString());
    return true;
  } catch {
    return false;
  }
}

/** Makes the names of files survive a power cut; where folders cannot be flushed, the system does it itself. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
