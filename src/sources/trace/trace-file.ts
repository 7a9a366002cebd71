import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { pipeline } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { GatewayError } from "../../errors.ts";
import { traceInvalid } from "./trace-invalid.ts";

const CHUNK_BYTES = 256 * 1024;
const HEAD_BYTES = 64 * 1024;
const LINE_CHARACTERS = 1024 * 1024;

/**
 * The first line of a text file, plain or gzip, read synchronously from no more of the file than it takes; without byte
 * order mark, and empty when the file is.
 */
export function readFirstLine(path: string): string {
  for (let bytes = HEAD_BYTES; ; bytes *= 4) {
    const head = orUnreadable(path, () => readHead(path, bytes));
    const text = new TextDecoder().decode(isGzip(path) ? inflateHead(path, head) : head);
    const end = text.indexOf("\n");
    if (end === -1 && head.length === bytes && text.length <= LINE_CHARACTERS) continue;
    const line = end === -1 ? text : text.slice(0, end);
    if (line.length > LINE_CHARACTERS) throw lineTooLong(path, 1);
    return line.replace(/\r$/, "");
  }
}

/**
 * All lines of a text file, plain or gzip, in groups as they come from the disk. Holds no more than a chunk and one line; the
 * file closes when the loop ends, however it ends.
 */
export async function* readLines(path: string): AsyncGenerator<readonly string[]> {
  let rest = "";
  let line = 1;
  for await (const text of readText(path)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    line += lines.length;
    yield lines;
    if (rest.length > LINE_CHARACTERS) throw lineTooLong(path, line);
  }
  yield [rest];
}

async function* readText(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // The callback's error is the one that the loop below throws.
  const text = isGzip(path)
    ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
    : file;
  text.setEncoding("utf8");
  try {
    for await (const chunk of text) yield String(chunk);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function isGzip(path: string): boolean {
  return path.toLowerCase().endsWith(".gz");
}

function readHead(path: string, bytes: number): Buffer {
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

function lineTooLong(path: string, line: number): GatewayError {
  return traceInvalid(
    { path, line },
    `expected lines of at most ${LINE_CHARACTERS} characters, got a longer one`,
    "Check that the file is text, with a line break after each row.",
  );
}
