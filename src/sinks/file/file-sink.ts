import { type FileHandle, stat } from "node:fs/promises";
import type { MessageKind } from "../../core/message-kind.ts";
import { GatewayError } from "../../errors.ts";
import { encodeMessage } from "../../math/message-json.ts";
import { requireCount, requireKnown, requireOneOf } from "../../math/range-checks.ts";
import { ALL_ACCEPTED, ALL_KINDS, EVENT_KINDS, type Sink } from "../sink.ts";
import { openRepaired } from "./json-lines.ts";
import { rotation } from "./rotation.ts";

export interface FileSinkOptions {
  /**
   * Unique within a gateway; not the path: what waits in the outbox goes to wherever the file is now.
   * @defaultValue `file`
   */
  readonly name?: string;
  /**
   * What it takes.
   * @defaultValue events: `["anomaly", "sensor-fault", "drift"]`
   */
  readonly kinds?: readonly MessageKind[];
  /**
   * The file is put aside before it grows beyond so many bytes, and begun anew: `events.jsonl` becomes
   * `events.20261127T191252123Z.jsonl`. A batch is never divided; one that is larger gets a file of its own.
   * @defaultValue no limit: it grows until somebody moves it away
   */
  readonly maxBytes?: number;
  /**
   * How many files that were put aside are kept; the oldest are removed, whether or not anybody has fetched them.
   * @defaultValue all
   */
  readonly maxFiles?: number;
  /**
   * Whether files that were put aside are compressed, to `….jsonl.gz`.
   * @defaultValue true
   */
  readonly gzip?: boolean;
}

/**
 * Appends each message as one line of JSON (JSON Lines) to the file at `path`, made when it is new.
 *
 * Delivery: in order, and flushed to the disk before a batch counts as delivered. A batch that failed or was cut off by
 * a crash is written again as a whole, so a line can be there twice, with the same `id` and `revision`. What a
 * crash left of a line is removed when the file is opened, at the first write: it was never acknowledged. A last
 * line that only lacks its line break is completed. A file that was moved away (rotated) is begun anew.
 *
 * A crash while the file is put aside loses nothing: it is renamed, in one step. A compressed file is on the disk before the one that
 * it was made of is removed; should a crash leave both, the next first write removes one. Compressing goes on beside
 * writing; a file that could not be compressed stays as it is, and is tried again when the next one is put aside.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write` `FILE_UNWRITABLE`, retryable
 */
export function fileSink(path: string, options: FileSinkOptions = {}): Sink {
  const { name = "file", kinds = EVENT_KINDS, maxBytes = Number.POSITIVE_INFINITY } = options;
  requireFileOptions(options);
  const aside = options.maxBytes === undefined ? undefined : rotation(path, options);
  let file: FileHandle | undefined;

  const letGo = async (): Promise<void> => {
    const open = file;
    file = undefined;
    await open?.close();
  };

  /** The file at `path`, with room for so many bytes. */
  const fileFor = async (bytes: number): Promise<FileHandle> => {
    if (file !== undefined && !(await isStillAt(path, file))) await letGo();
    file ??= await openRepaired(path);
    aside?.tidyOnce();
    const { size } = await file.stat();
    if (aside === undefined || size === 0 || size + bytes <= maxBytes) return file;
    await letGo();
    await aside.put();
    file = await openRepaired(path);
    return file;
  };

  return {
    name,
    kinds,
    async write(batch, signal) {
      if (batch.length === 0) return ALL_ACCEPTED;
      const lines = Buffer.from(batch.map((message) => `${encodeMessage(message)}\n`).join(""));
      try {
        signal.throwIfAborted();
        const target = await fileFor(lines.length);
        await target.appendFile(lines);
        await target.datasync();
      } catch (cause) {
        // Opened anew by the next write, which removes what this one may have left of a line.
        await letGo().catch(() => {});
        throw unwritable(path, cause);
      }
      return ALL_ACCEPTED;
    },
    async close() {
      await letGo();
      await aside?.close();
    },
  };
}

function requireFileOptions(options: FileSinkOptions): void {
  requireKnown("fileSink", options, ["name", "kinds", "maxBytes", "maxFiles", "gzip"]);
  const { kinds = [], maxBytes, maxFiles, gzip } = options;
  for (const kind of kinds) requireOneOf("fileSink", "kinds", kind, ALL_KINDS);
  requireCount("fileSink", { maxBytes: maxBytes ?? 1, maxFiles: maxFiles ?? 1 });
  if (maxBytes !== undefined || (maxFiles ?? gzip) === undefined) return;
  throw new GatewayError("CONFIG_INVALID", "fileSink: maxFiles and gzip need maxBytes, got none", {
    hint: "Set maxBytes, or leave the others out: without it no file is ever put aside.",
  });
}

/** Someone may have moved or removed the file: writing on would acknowledge messages that nobody can find. */
async function isStillAt(path: string, file: FileHandle): Promise<boolean> {
  const [ours, theirs] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return ours.ino === theirs?.ino && ours.dev === theirs.dev;
}

function unwritable(path: string, cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("FILE_UNWRITABLE", `cannot append to ${path}: ${reason}`, {
    cause,
    // Someone can make room or mend the folder: no reason to give the messages up.
    retryable: true,
    hint: `Make sure that ${path} is a JSON Lines file on a disk with space that this user may write to.`,
  });
}
