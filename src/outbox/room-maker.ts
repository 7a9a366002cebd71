import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "../errors.ts";
import type { EventStore } from "./event-store.ts";
import { pragma } from "./open-database.ts";

export interface RoomMakerOptions {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly store: EventStore;
  readonly maxBytes: number;
}

/**
 * Returns a step that forgets dead letters until so many bytes fit in; it throws `OUTBOX_FULL` when they do not.
 *
 * Counted are the pages in use, so that indices and half-filled pages are part of the limit.
 */
export function roomMaker(options: RoomMakerOptions): (bytes: number) => void {
  const { path, database, store, maxBytes } = options;
  const pageBytes = pragma(database, "page_size");
  const pages = database.prepare(
    "SELECT page_count - freelist_count AS used FROM pragma_page_count, pragma_freelist_count",
  );
  const usedBytes = (): number => Number(pages.get()?.["used"]) * pageBytes;
  return (bytes) => {
    while (usedBytes() + bytes > maxBytes) {
      if (store.forgetDeadLetters(16) > 0) continue;
      throw new GatewayError(
        "OUTBOX_FULL",
        `${path} is full: expected ${bytes} bytes of room in ${maxBytes}, got ${maxBytes - usedBytes()}`,
        { retryable: true, hint: "Restore the connection to the receiver, or raise maxBytes." },
      );
    }
  };
}
