import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { GatewayError } from "../errors.ts";
import { encodeMessage } from "../math/message-json.ts";
import { ALL_ACCEPTED, type Sink } from "./sink.ts";

/**
 * Appends each event as one line of JSON (JSON Lines) to the file at `path`, made when it is new.
 *
 * Delivery: in order, and flushed to the disk before a batch counts as delivered. A batch that failed or was cut off by
 * a crash is written again as a whole, so a line can be there twice, with the same `id` and `revision`. What a
 * crash left of a line is removed when the file is opened, at the first write: it was never acknowledged. A last
 * line that only lacks its line break is completed. A file that was moved away (rotated) is begun anew.
 */
export function fileSink(path: string): Sink {
  let file: FileHandle | undefined;

  const letGo = async (): Promise<void> => {
    const open = file;
    file = undefined;
    await open?.close();
  };

  return {
    name: "file", // not the path: what waits in the outbox goes to wherever the file is now
    async write(batch, signal) {
      if (batch.length === 0) return ALL_ACCEPTED;
      try {
        signal.throwIfAborted();
        if (file !== undefined && !(await isStillAt(path, file))) await letGo();
        file ??= await openRepaired(path);
        await file.appendFile(batch.map((event) => `${encodeMessage(event)}\n`).join(""));
        await file.datasync();
      } catch (cause) {
        // Opened anew by the next write, which removes what this one may have left of a line.
        await letGo().catch(() => {});
        throw unwritable(path, cause);
      }
      return ALL_ACCEPTED;
    },
    close: letGo,
  };
}

/** Someone may have moved or removed the file: writing on would acknowledge events that nobody can find. */
async function isStillAt(path: string, file: FileHandle): Promise<boolean> {
  const [ours, theirs] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return ours.ino === theirs?.ino && ours.dev === theirs.dev;
}

async function openRepaired(path: string): Promise<FileHandle> {
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

/** Makes the name of a new file survive a power cut; where folders cannot be flushed, the system does it itself. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function unwritable(path: string, cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("FILE_UNWRITABLE", `cannot append to ${path}: ${reason}`, {
    cause,
    // Someone can make room or mend the folder: no reason to give the event up.
    retryable: true,
    hint: `Make sure that ${path} is a JSON Lines file on a disk with space that this user may write to.`,
  });
}
