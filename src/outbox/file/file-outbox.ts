import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { GatewayEvent } from "../../core/gateway-event.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown } from "../../math/range-checks.ts";
import type { Outbox, SetAsideFile } from "../outbox.ts";
import { closedError, isCorrupt, isNotADatabase, storeError } from "./database-error.ts";
import { diskUpkeep } from "./disk-upkeep.ts";
import { groupCommit } from "./group-commit.ts";
import { KEPT_FOR_READING } from "./loss-ledger.ts";
import { openIntact } from "./open-intact.ts";
import { type OutboxContents, outboxContents } from "./outbox-contents.ts";
import { outboxParts } from "./outbox-parts.ts";
import { outboxSteps, type StoredMessage } from "./outbox-steps.ts";
import { ownerFile } from "./owner-file.ts";

export interface OutboxOptions {
  /**
   * Largest size of what waits, of what is kept for reading and of the dead letters, in bytes; at least 1 MiB. When it is
   * reached, messages give way in this order: the oldest dead letters; sampled windows of normal operation, of which every second
   * one stays; score summaries; windows of events. Events and labels never do: when nothing else is left, `append` is refused with
   * `OUTBOX_FULL`. On the disk come some 3 MB for the write-ahead log and the reserve.
   * @defaultValue 268_435_456 (256 MiB)
   */
  readonly maxBytes?: number;
  /**
   * How long windows, summaries and dead letters stay, delivered or not. Events and labels stay until they are delivered.
   * @defaultValue no limit
   */
  readonly maxAgeMs?: number;
  /**
   * What becomes of a file that is not an outbox and that nobody has open: it is renamed to `.foreign-<time>`, or the outbox cannot
   * be opened.
   * @defaultValue "set-aside"
   */
  readonly foreignFile?: "set-aside" | "refuse";
}

const MIN_BYTES = 1024 * 1024;

/** What somebody minds who keeps a file running whatever becomes of it. */
export interface FileKeeping {
  /** Called when something was in the place of the outbox, or in the outbox, that could not stay. */
  readonly onSetAside?: (file: SetAsideFile) => void;
  /** Called when the file turns out to be damaged while it is used: it has to be closed and opened again. */
  readonly onDamage?: (error: GatewayError) => void;
  /** Numbers below were given by a file that was here before, and may still be used. */
  readonly firstNumber?: number;
}

/** What only the shelter in memory does to a file. */
export interface KeptFile extends FileOutbox {
  /** Takes for a queue, or for reading, what has waited elsewhere, as old as it is. */
  takeOver(queue: string | undefined, messages: readonly StoredMessage[]): Promise<void>;
  /** Minds which incidents are open now that these events came, which nobody has to deliver any more. */
  follow(events: readonly GatewayEvent[]): Promise<void>;
  /** Above all numbers that it has given; never throws. */
  upcomingNumber(): number;
}

/** An outbox in a file. */
export interface FileOutbox extends Outbox {
  /** The names of all queues that were ever made, for people to look at. */
  queues(): readonly string[];
  /** All that is in it, counted; reads the whole file. */
  contents(): OutboxContents;
}

/**
 * Opens the durable queue in `file`, made when it is new; its folder must exist.
 *
 * An append resolves after the data was flushed to the disk, so what was acknowledged survives `kill -9` and a power
 * cut. Messages are handed out oldest first, and at least once: one that was delivered but not yet acknowledged when the
 * power went is handed out again. What has to give way is counted in the transaction in which it goes, and reported by the queue.
 *
 * Beside it lie `-wal` (SQLite's log), `-owner` (the process that holds the file) and `-reserve` (768 KiB that let
 * an upload make room on a full disk). A file with damaged pages is kept as `.corrupt-<time>`, with a process warning,
 * and everything that can still be read goes on; a single damaged message goes to the dead letters.
 *
 * Calls wait for the disk in the event loop: some milliseconds for each group of appends. Opening reads the whole file
 * once, to find damage: 0.3 s for 256 MiB in the page cache, as long as the disk takes otherwise.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; `OUTBOX_UNAVAILABLE` when the folder is missing or not
 * writable, when the file is not an outbox and somebody has it open, when a newer version wrote it, or when another process holds it.
 */
export function fileOutbox(
  file: string,
  options: OutboxOptions = {},
  keeping: FileKeeping = {},
): KeptFile {
  // Absolute, so that names like ":memory:", which SQLite takes for something else, are files as well.
  const path = resolve(file);
  const { maxBytes, maxAgeMs, foreignFile } = checked(options);
  const owner = ownerFile(path);
  const { onSetAside = () => {}, onDamage = () => {}, firstNumber = 1 } = keeping;
  const how = { ownerPid: owner.pid(), foreignFile, onSetAside, firstNumber };
  const database = openIntact(path, how);
  owner.claim();
  const parts = outboxParts({ path, database, maxBytes, firstNumber });
  const { messages, queues, numbers } = parts;
  const upkeep = diskUpkeep(path, database);
  const failed = (cause: unknown): GatewayError => {
    const error = storeError(path, cause);
    if (isCorrupt(cause) || isNotADatabase(cause)) onDamage(error);
    return error;
  };
  const commits = groupCommit({ path, database, ...upkeep, onUndone: numbers.onUndone, failed });
  const steps = outboxSteps({ commits, parts, maxAgeMs });
  let closed = false;

  const atOnce = <T>(step: () => T): T => {
    if (closed) throw closedError(path);
    try {
      return step();
    } catch (error) {
      throw failed(error);
    }
  };
  const numberOf = (name: string): number => atOnce(() => queues.queueNumber(name));

  return {
    path,
    queue(name) {
      const queue = numberOf(name);
      return {
        ...steps.queue(queue),
        stats: () => atOnce(() => queues.stats(queue)),
        lastSequence: () => atOnce(() => queues.lastSequence(queue)),
      };
    },
    queues: () => atOnce(() => queues.queueNames()),
    contents: () => atOnce(() => outboxContents(database)),
    unclosed: () => commits.run({ work: () => messages.unclosed(), bytes: 0, frees: false }),
    keep: (batch) => steps.append(KEPT_FOR_READING, batch),
    kept: (kind, which) =>
      commits.run({ work: () => messages.kept(kind, which), bytes: 0, frees: false }),
    takeOver: async (name, batch) =>
      steps.takeOver(name === undefined ? KEPT_FOR_READING : numberOf(name), batch),
    follow: steps.follow,
    upcomingNumber: numbers.upcoming,
    status: () => ({ state: "durable" }),
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

function checked(options: OutboxOptions): Required<OutboxOptions> {
  requireKnown("openOutbox", options, ["maxBytes", "maxAgeMs", "foreignFile"]);
  const {
    maxBytes = 256 * 1024 * 1024,
    maxAgeMs = Number.POSITIVE_INFINITY,
    foreignFile = "set-aside",
  } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < MIN_BYTES) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `maxBytes of the outbox: expected an integer of at least ${MIN_BYTES}, got ${maxBytes}`,
      { hint: "Give the outbox at least 1 MiB." },
    );
  }
  if (!(maxAgeMs > 0)) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `maxAgeMs of the outbox: expected a positive number, got ${maxAgeMs}`,
      { hint: "Leave it away to keep everything until it is delivered." },
    );
  }
  if (foreignFile !== "set-aside" && foreignFile !== "refuse") {
    throw new GatewayError(
      "CONFIG_INVALID",
      `foreignFile of the outbox: expected "set-aside" or "refuse", got ${JSON.stringify(foreignFile)}`,
      { hint: "Leave it away to set such a file aside." },
    );
  }
  return { maxBytes, maxAgeMs, foreignFile };
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
