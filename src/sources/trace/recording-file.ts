import { constants, type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { GatewayError } from "../../errors.ts";
import { recordingNames } from "./recording-names.ts";
import type { TraceLine } from "./trace-format.ts";

/** How a recording is parted into files. */
export interface FileLimits {
  readonly maxFileBytes: number;
  readonly maxFileMs: number;
  readonly maxFiles: number;
}

/** Where the lines of a recording go: one file after the other, the oldest removed. */
export interface RecordingFile {
  /** The file that was begun last. */
  path(): string | undefined;
  /**
   * Writes as many of the first lines as the file has room for, and at least one.
   *
   * @returns how many; they are on the disk then
   * @throws GatewayError `FILE_UNWRITABLE`: none of them is there, not even in part
   */
  write(lines: readonly TraceLine[]): Promise<number>;
  /** Lets go of the file until there is more to write. */
  rest(): Promise<void>;
}

interface Part {
  readonly path: string;
  readonly begunMs: number;
  bytes: number;
  /** Absent while it rests. */
  file: FileHandle | undefined;
}

/** Nothing is opened before the first line is there. */
export function createRecordingFile(
  path: string,
  header: string,
  { maxFileBytes, maxFileMs, maxFiles }: FileLimits,
): RecordingFile {
  const names = recordingNames(path);
  let current: Part | undefined;

  const begin = async (): Promise<Part> => {
    await names.keep(maxFiles - 1);
    const newPath = await names.next();
    const file = await open(newPath, "ax"); // appends, so that what is taken back leaves no hole
    await flushFolder(dirname(newPath));
    return { path: newPath, file, begunMs: performance.now(), bytes: 0 };
  };
  const isOver = ({ begunMs, bytes }: Part, next: TraceLine): boolean =>
    next.beginsFile === true ||
    bytes + Buffer.byteLength(next.text) > maxFileBytes ||
    performance.now() - begunMs >= maxFileMs;
  const rest = async (): Promise<void> => {
    const file = current?.file;
    if (current !== undefined) current.file = undefined;
    await file?.close();
  };
  /** The file to write the next line to: the one there is, or a new one. */
  const openFor = async (next: TraceLine): Promise<{ part: Part; file: FileHandle }> => {
    if (current !== undefined && !isOver(current, next)) {
      const file = await openAgain(current);
      if (file !== undefined) return { part: current, file };
    }
    await rest();
    current = undefined;
    current = await begin();
    return { part: current, file: current.file as FileHandle };
  };
  /** Takes back what a failed write may have left. */
  const takeBack = async (): Promise<void> => {
    if (current?.file === undefined) return;
    const { path: failed, file, bytes } = current;
    try {
      await file.truncate(bytes);
      if (bytes > 0) return;
      await rm(failed, { force: true });
    } catch {
      // It keeps what it has; the lines go to a new one.
    }
    await rest();
    current = undefined;
  };

  return {
    path: () => current?.path,
    async write(lines) {
      const [first] = lines;
      if (first === undefined) return 0;
      try {
        const { part, file } = await openFor(first);
        const lead = part.bytes === 0 ? header : "";
        const { text, count } = fitting(lines, lead, maxFileBytes - part.bytes);
        await file.appendFile(text);
        await file.datasync();
        part.bytes += text.length;
        return count;
      } catch (cause) {
        await takeBack().catch(() => {});
        throw unwritable(path, cause);
      }
    },
    async rest() {
      await rest().catch((cause: unknown) => {
        throw unwritable(path, cause);
      });
    },
  };
}

/** `undefined` when somebody has removed the file. */
async function openAgain(part: Part): Promise<FileHandle | undefined> {
  if (part.file !== undefined) {
    const { nlink } = await part.file.stat();
    return nlink === 0 ? undefined : part.file;
  }
  try {
    part.file = await open(part.path, constants.O_WRONLY | constants.O_APPEND);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return part.file;
}

/** As many lines as `room` bytes can take, but at least one; a line that begins a file is the first or left for later. */
function fitting(
  lines: readonly TraceLine[],
  lead: string,
  room: number,
): { readonly text: Buffer; readonly count: number } {
  const texts = [lead];
  let bytes = Buffer.byteLength(lead);
  let count = 0;
  for (const { text, beginsFile } of lines) {
    bytes += Buffer.byteLength(text);
    if (count > 0 && (bytes > room || beginsFile)) break;
    texts.push(text);
    count += 1;
  }
  return { text: Buffer.from(texts.join("")), count };
}

/** Makes the name of a new file survive a power cut; where folders cannot be flushed, the system does it itself. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function unwritable(path: string, cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("FILE_UNWRITABLE", `cannot record to ${path}: ${reason}`, {
    cause,
    retryable: true,
    hint: "Check that the folder exists, is writable and has room.",
  });
}
