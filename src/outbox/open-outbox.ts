import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "../errors.ts";
import { requireKnown } from "../math/range-checks.ts";
import { closedError, isCorrupt, openError, storeError } from "./database-error.ts";
import { diskUpkeep } from "./disk-upkeep.ts";
import { type EventStore, encode, eventStore } from "./event-store.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { openDatabase } from "./open-database.ts";
import type { Outbox, OutboxQueue, QueueStats } from "./outbox.ts";
import { ownerFile } from "./owner-file.ts";
import { roomMaker } from "./room-maker.ts";
import { finishSalvage, salvageDatabase } from "./salvage-database.ts";

export interface OutboxOptions {
  /**
   * Largest size of the events that wait and of the dead letters, in bytes; at least 1 MiB. When it is reached, the
   * oldest dead letters are forgotten; when there are none left, `append` is refused with `OUTBOX_FULL`: nothing that
   * was acknowledged is ever dropped. On the disk come some 2 MB for the write-ahead log and the reserve.
   * @defaultValue 268_435_456 (256 MiB)
   */
  readonly maxBytes?: number;
}

const MIN_BYTES = 1024 * 1024;

/** An outbox in a file. */
export interface FileOutbox extends Outbox {
  /** The names of all queues that were ever made, for people to look at. */
  queues(): readonly string[];
}

/** What an event takes beside its payload: rows, indices, half-filled pages. */
const EVENT_OVERHEAD_BYTES = 512;

/**
 * Opens the durable queue in `file`, made when it is new; its folder must exist.
 *
 * An append resolves after the data was flushed to the disk, so what was acknowledged survives `kill -9` and a power
 * cut. Events are handed out oldest first, and at least once: one that was delivered but not yet acknowledged when the
 * power went is handed out again.
 *
 * Beside it lie `-wal` (SQLite's log), `-owner` (the process that holds the file) and `-reserve` (768 KiB that let
 * an upload make room on a full disk). A file with damaged pages is kept as `.corrupt-<time>`, with a process warning,
 * and everything that can still be read goes on; a single damaged event goes to the dead letters.
 *
 * Calls wait for the disk in the event loop: some milliseconds for each group of appends. Opening reads the whole file
 * once, to find damage: 0.3 s for 256 MiB in the page cache, as long as the disk takes otherwise.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; `OUTBOX_UNAVAILABLE` when the folder is missing or not
 * writable, when the file is not an outbox (it is left as it is), or when another process holds it.
 */
export function openOutbox(file: string, options: OutboxOptions = {}): FileOutbox {
  requireKnown("openOutbox", options, ["maxBytes"]);
  // Absolute, so that names like ":memory:", which SQLite takes for something else, are files as well.
  const path = resolve(file);
  const { maxBytes = 256 * 1024 * 1024 } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < MIN_BYTES) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `maxBytes of the outbox: expected an integer of at least ${MIN_BYTES}, got ${maxBytes}`,
      { hint: "Give the outbox at least 1 MiB." },
    );
  }
  const owner = ownerFile(path);
  const database = openIntact(path, owner.pid());
  owner.claim();
  const store = eventStore(database);
  const upkeep = diskUpkeep(path, database);
  const commits = groupCommit({ path, database, ...upkeep });
  const makeRoom = roomMaker({ path, database, store, maxBytes });
  let closed = false;

  const atOnce = <T>(step: () => T): T => {
    if (closed) throw closedError(path);
    try {
      return step();
    } catch (error) {
      throw storeError(path, error);
    }
  };

  return {
    path,
    queue(name) {
      const queue = atOnce(() => store.queueNumber(name));
      const stats = (): QueueStats => atOnce(() => store.stats(queue));
      return { ...queueSteps(store, commits, makeRoom, queue), stats };
    },
    queues: () => atOnce(() => store.queueNames()),
    unclosed: () => commits.run({ work: () => store.unclosed(), bytes: 0, frees: false }),
    sizeBytes: () => fileBytes(path) + fileBytes(`${path}-wal`),
    async close() {
      if (closed) return;
      closed = true;
      commits.close();
      upkeep.stop();
      database.close();
      owner.release();
    },
  };
}

function queueSteps(
  store: EventStore,
  commits: GroupCommit,
  makeRoom: (bytes: number) => void,
  queue: number,
): Omit<OutboxQueue, "stats"> {
  return {
    async append(events) {
      if (events.length === 0) return;
      const encoded = events.map((event) => encode(event));
      // Twice, because an incident that is not closed is kept in a place of its own as well.
      const bytes = encoded.reduce(
        (sum, { body }) => sum + 2 * body.length + EVENT_OVERHEAD_BYTES,
        0,
      );
      const work = (): void => {
        makeRoom(bytes);
        for (const event of encoded) store.append(queue, event);
      };
      await commits.run({ work, bytes, frees: false });
    },
    peek: (limit) => commits.run({ work: () => store.peek(queue, limit), bytes: 0, frees: true }),
    async acknowledge(sequences) {
      const work = (): void => {
        for (const sequence of sequences) store.acknowledge(queue, sequence);
      };
      await commits.run({ work, bytes: 0, frees: true });
    },
    async reject(sequences, reason) {
      const work = (): void => {
        for (const sequence of sequences) store.reject(queue, sequence, reason);
      };
      await commits.run({ work, bytes: 0, frees: true });
    },
  };
}

function openIntact(path: string, ownerPid: number | undefined): DatabaseSync {
  try {
    finishSalvage(path);
    const database = openChecked(path);
    if (database !== undefined) return database;
    const kept = salvageDatabase(path);
    process.emitWarning(`${path} was damaged; what could be read goes on, the file is ${kept}`, {
      code: "WHEELTAPPER_OUTBOX_DAMAGED",
    });
    return openDatabase(path);
  } catch (error) {
    throw openError(path, error, ownerPid);
  }
}

/** Returns `undefined` for an outbox with damaged pages. */
function openChecked(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path);
    // Not quick_check: it would miss an index that damage has parted from its table.
    const { integrity_check: verdict } = database.prepare("PRAGMA integrity_check(1)").get() ?? {};
    if (verdict === "ok") return database;
  } catch (error) {
    if (!isCorrupt(error)) throw error;
  }
  database?.close();
  return undefined;
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
