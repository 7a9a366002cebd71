import { type FileOutbox, fileOutbox, type OutboxOptions } from "./file-outbox.ts";

/** Opens the durable queue in `file`, as {@link fileOutbox} does. */
export function openOutbox(file: string, options: OutboxOptions = {}): FileOutbox {
  return fileOutbox(file, options);
}

export type { FileOutbox, OutboxOptions };
