import { resolve } from "node:path";
import type { GatewayEvent } from "../core/gateway-event.ts";
import { GatewayError } from "../errors.ts";
import {
  type OutboxOptions as FileOptions,
  type FileOutbox,
  fileOutbox,
} from "./file/file-outbox.ts";
import type { Outbox } from "./outbox.ts";
import { isDiskTroubleAtOpen } from "./shelter/disk-trouble.ts";
import { type MemoryShelter, memoryShelter } from "./shelter/memory-shelter.ts";
import { FIRST_SHELTERED } from "./shelter/memory-store.ts";

export type { FileOutbox } from "./file/file-outbox.ts";

export interface OutboxOptions extends FileOptions {
  /**
   * Most bytes of messages that wait in memory while the disk refuses them, at least 64 KiB. When it is reached, they give way as they do in the file.
   * @defaultValue 4_194_304 (4 MiB)
   */
  readonly maxMemoryBytes?: number;
}

const MIN_MEMORY_BYTES = 64 * 1024;

/**
 * Opens the durable queue in `file`, as `fileOutbox` does, and puts up with its disk.
 *
 * What a disk refuses that is full, read-only or broken, or has damaged the file, waits in memory, is delivered from there after what is in the file, and moves
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
    open(keeping) {
      try {
        return fileOutbox(path, fileOptions, keeping);
      } catch (error) {
        if (isDiskTroubleAtOpen(path, error)) return error;
        throw error;
      }
    },
  });

  return {
    path,
    status: shelter.status,
    queue: shelter.queue,
    queues: shelter.queueNames,
    contents: () =>
      shelter.file()?.contents() ?? { queues: [], kept: [], droppedOfKept: [], stored: [] },
    unclosed: async () =>
      withNewer((await shelter.read((file) => file.unclosed())) ?? [], shelter.incidents.newest()),
    keep: (messages) => shelter.append(undefined, messages),
    kept: keptOf(shelter),
    sizeBytes: () => shelter.file()?.sizeBytes() ?? 0,
    close: shelter.close,
  };
}

/** The newest message of each incident that is open, by what the file says and what came since. */
function withNewer(
  filed: readonly GatewayEvent[],
  came: readonly GatewayEvent[],
): readonly GatewayEvent[] {
  const newest = new Map(filed.map((event) => [event.id, event]));
  for (const event of came) {
    if ((newest.get(event.id)?.revision ?? -1) < event.revision) newest.set(event.id, event);
  }
  return [...newest.values()].filter(({ phase }) => phase !== "closed");
}

function keptOf({ read, store }: MemoryShelter): Outbox["kept"] {
  return async (kind, { after = 0, limit = 1000 } = {}) => {
    const isFiled = after < FIRST_SHELTERED;
    const filed = (isFiled && (await read((file) => file.kept(kind, { after, limit })))) || [];
    const sheltered = store
      .waiting(undefined, after)
      .map(({ item }) => item)
      .filter(({ message }) => message.kind === kind);
    return [...filed, ...sheltered].slice(0, limit);
  };
}
