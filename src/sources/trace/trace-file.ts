import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { pipeline } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { GatewayError } from "../../errors.ts";
import { LONGEST_ROW } from "./csv-dialect.ts";

const HEAD_BYTES = 64 * 1024;

/**
 * The beginning of a text file, plain or gzip, without byte order mark. Read synchronously: all of a small file, and of others as
 * much as `isEnough` asks for, or a little more than a row can be long.
 */
export function readHead(path: string, isEnough: (text: string) => boolean): string {
  for (let bytes = HEAD_BYTES; ; bytes *= 4) {
    const head = orUnreadable(path, () => firstBytes(path, bytes));
    const text = new TextDecoder().decode(isGzip(path) ? inflateHead(path, head) : head);
    if (head.length < bytes || text.length > LONGEST_ROW || isEnough(text)) return text;
  }
}

/** The content of a file, inflated if it is gzip, as it comes from the disk; the file closes when the loop ends, however it ends. */
export async function* readBytes(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  // The callback's error is the one that the loop below throws.
  const bytes = isGzip(path) ? pipeline(file, createGunzip(), () => {}) : file;
  try {
    for await (const chunk of bytes) yield chunk;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function isGzip(path: string): boolean {
  return path.toLowerCase().endsWith(".gz");
}

function firstBytes(path: string, bytes: number): Buffer {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(bytes);
    return head.subarray(0, readSync(file, head, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}

function inflateHead(path: string, head: Buffer): Buffer {
  return orUnreadable(path, () => gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }));
}

function orUnreadable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): GatewayError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const hints: Readonly<Record<string, string>> = {
    ENOENT: "Check the path: there is no such file.",
    EISDIR: "Name a file, not a folder.",
    EACCES: "Give the user who runs this the right to read the file.",
    EPERM: "Give the user who runs this the right to read the file.",
  };
  const hint = code.startsWith("Z_")
    ? "Check with `gzip -t` that the file is complete and really gzip."
    : (hints[code] ?? "Check the file and the disk it is on.");
  return new GatewayError("FILE_UNREADABLE", `cannot read ${path}: ${message}`, { cause, hint });
}
