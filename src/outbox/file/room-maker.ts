import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "../../errors.ts";
import { pragma } from "./open-database.ts";
import type { QueueStore } from "./queue-store.ts";
import type { Sacrifice } from "./sacrifice.ts";
import { WORTH, type Worth } from "./worth.ts";

export interface RoomMakerOptions {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly queues: QueueStore;
  readonly sacrifice: Sacrifice;
  readonly maxBytes: number;
}

/** Keeps the file below its limit; each method is one step of a transaction that the caller runs. */
export interface RoomMaker {
  /**
   * Makes room for so many bytes that are not written yet, and gives up for them what is worth no more; returns whether they
   * fit. What was given up in vain comes back.
   */
  find(bytes: number, worth: Worth): boolean;
  /** @throws GatewayError `OUTBOX_FULL` when there is no room for messages that never give way */
  require(bytes: number): void;
}

/** Counted are the pages in use, so that indices and half-filled pages are part of the limit. */
export function roomMaker(options: RoomMakerOptions): RoomMaker {
  const { path, database, queues, sacrifice, maxBytes } = options;
  const pageBytes = pragma(database, "page_size");
  const pages = database.prepare(
    "SELECT page_count - freelist_count AS used FROM pragma_page_count, pragma_freelist_count",
  );
  const usedBytes = (): number => Number(pages.get()?.["used"]) * pageBytes;
  /** About what is used: counting is left out while the file is not half full. A row can take a page to itself, so that twice as much may be used. */
  let about = usedBytes();

  const fits = (bytes: number): boolean => {
    if (about + bytes > maxBytes / 2) about = usedBytes();
    return about + bytes <= maxBytes;
  };

  const find = (bytes: number, worth: Worth): boolean => {
    if (!fits(bytes)) {
      database.exec("SAVEPOINT room");
      while (!fits(bytes)) {
        if (queues.forgetDeadLetters(16) > 0 || sacrifice.giveUpOne(worth)) continue;
        database.exec("ROLLBACK TO room; RELEASE room");
        about = usedBytes();
        return false;
      }
      database.exec("RELEASE room");
    }
    about += bytes;
    return true;
  };

  return {
    find,
    require(bytes) {
      if (find(bytes, WORTH.never)) return;
      throw new GatewayError(
        "OUTBOX_FULL",
        `${path} is full: expected ${bytes} bytes of room in ${maxBytes}, got ${maxBytes - usedBytes()}`,
        { retryable: true, hint: "Restore the connection to the receiver, or raise maxBytes." },
      );
    },
  };
}
