import { resolve } from "node:path";
import type { GatewayEvent } from "../core/gateway-event.ts";
import { GatewayError } from "../errors.ts";
import { EVENT_KINDS } from "../sinks/sink.ts";
import { isDiskTroubleAtOpen } from "./disk-trouble.ts";
import type { OutboxStatus } from "./disk-watch.ts";
import {
  type OutboxOptions as FileOptions,
  fileOutbox,
  type FileOutbox as StrictOutbox,
} from "./file-outbox.ts";
import { type MemoryShelter, memoryShelter } from "./memory-shelter.ts";
import { FIRST_SHELTERED, type MemoryStore } from "./memory-store.ts";
import type { Outbox } from "./outbox.ts";

export interface OutboxOptions extends FileOptions {
  /**
   * Most bytes of messages that wait in memory while the disk refuses them, at least 64 KiB. When it is reached, they give way as they do in the file.
   * @defaultValue 4_194_304 (4 MiB)
   */
  readonly maxMemoryBytes?: number;
}

/** An outbox in a file, with shelter in memory for what the disk refuses. */
export interface FileOutbox extends StrictOutbox {
  /** Whether what is appended is on the disk, or waits in memory because the disk refuses. */
  status(): OutboxStatus;
}

const MIN_MEMORY_BYTES = 64 * 1024;

/**
 * Opens the durable queue in `file`, as `fileOutbox` does, and puts up with its disk.
 *
 * What a disk refuses that is full, read-only or broken waits in memory, is delivered from there after what is in the file, and moves
 * to the file as soon as that takes it: it is tried with every append, and every 2 s. Meanwhile, `append` does not promise what it else
 * does: what it takes is lost when the process ends. `status` says so, as does a process warning, `WHEELTAPPER_OUTBOX_IN_MEMORY`; what had to give way in
 * memory is reported as what gives way in the file, with the reason `memory`. What was delivered while the disk refused to
 * forget it is delivered again after a restart. A file that cannot be opened for such a reason is opened later.
 *
 * @throws GatewayError as `fileOutbox`; a file that the disk does not let anybody open or write is no error
 */
export function openOutbox(file: string, options: OutboxOptions = {}): FileOutbox {
  const path = resolve(file);
  const { maxMemoryBytes = 4 * 1024 * 1024, ...fileOptions } = options;
  if (!Number.isSafeInteger(maxMemoryBytes) || maxMemoryBytes < MIN_MEMORY_BYTES) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `maxMemoryBytes of the outbox: expected an integer of at least ${MIN_MEMORY_BYTES}, got ${maxMemoryBytes}`,
      { hint: "Leave it away for 4 MiB." },
    );
  }
  const shelter = memoryShelter({
    path,
    maxBytes: maxMemoryBytes,
    open() {
      try {
        return fileOutbox(path, fileOptions);
      } catch (error) {
        if (isDiskTroubleAtOpen(path, error)) return error;
        throw error;
      }
    },
  });

  return {
    path,
    status: shelter.disk.status,
    queue: shelter.queue,
    queues: shelter.queueNames,
    contents: () =>
      shelter.file()?.contents() ?? { queues: [], kept: [], droppedOfKept: [], stored: [] },
    unclosed: async () => withSheltered((await shelter.file()?.unclosed()) ?? [], shelter.store),
    keep: (messages) => shelter.append(undefined, messages),
    kept: keptOf(shelter),
    sizeBytes: () => shelter.file()?.sizeBytes() ?? 0,
    close: shelter.close,
  };
}

/** The newest of what is in the file and in memory. */
function withSheltered(
  filed: readonly GatewayEvent[],
  store: MemoryStore,
): readonly GatewayEvent[] {
  const newest = new Map(filed.map((event) => [event.id, event]));
  for (const { message } of store.all().map(({ item }) => item)) {
    if (!isEvent(message)) continue;
    if ((newest.get(message.id)?.revision ?? -1) < message.revision)
      newest.set(message.id, message);
  }
  return [...newest.values()].filter(({ phase }) => phase !== "closed");
}

function keptOf({ file, store }: MemoryShelter): Outbox["kept"] {
  return async (kind, { after = 0, limit = 1000 } = {}) => {
    const isFiled = after < FIRST_SHELTERED;
    const filed = (isFiled && (await file()?.kept(kind, { after, limit }))) || [];
    const sheltered = store
      .waiting(undefined, after)
      .map(({ item }) => item)
      .filter(({ message }) => message.kind === kind);
    return [...filed, ...sheltered].slice(0, limit);
  };
}

function isEvent(message: { readonly kind: string }): message is GatewayEvent {
  return EVENT_KINDS.some((kind) => kind === message.kind);
}
