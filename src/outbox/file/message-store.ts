import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { GatewayEvent } from "../../core/gateway-event.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import type { KeptOptions, OutboxItem } from "../outbox.ts";
import { decodeRow, type EncodedMessage, itemOf } from "./message-row.ts";
import type { NumberSource } from "./number-source.ts";

/** The messages themselves; each method is one step of a transaction that the caller runs. */
export interface MessageStore {
  /** Returns the number of a message that is there. */
  find(encoded: EncodedMessage): number | undefined;
  /** Adds one, unless it is there, and returns its number; whoever needs it says so next, or it stays for nobody. */
  add(encoded: EncodedMessage, nowMs: number): number;
  /** Minds which incidents are open now that this event came. */
  follow(encoded: EncodedMessage, number: number): void;
  keep(number: number): void;
  /** Takes back `keep`; returns whether it was kept. */
  unkeep(number: number): boolean;
  /** Removes those of these messages that nothing needs any more. */
  release(numbers: readonly number[]): void;
  kept(kind: MessageKind, options?: KeptOptions): readonly OutboxItem[];
  unclosed(): readonly GatewayEvent[];
}

export function messageStore(database: DatabaseSync, numbers: NumberSource): MessageStore {
  const find = database.prepare("SELECT message FROM message WHERE id = ? AND revision = ?");
  const add = database.prepare(`
    INSERT INTO message (message, id, revision, kind, appended_ms, worth, stratum, thinned, kept, unclosed, checksum, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?) ON CONFLICT (id, revision) DO NOTHING`);
  const remove = database.prepare(`
    DELETE FROM message WHERE message IN (SELECT value FROM json_each(?)) AND kept = 0 AND unclosed = 0
    AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.message = message.message)
    AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE dead_letter.message = message.message)`);
  const keep = database.prepare("UPDATE message SET kept = 1 WHERE message = ? AND kept = 0");
  const unkeep = database.prepare("UPDATE message SET kept = 0 WHERE message = ? AND kept = 1");
  const allKept = database.prepare(`
    SELECT message, appended_ms, thinned, checksum, body FROM message
    WHERE kept = 1 AND kind = ? AND message > ? ORDER BY message`);
  const release = (numbers: readonly number[]): void => void remove.run(JSON.stringify(numbers));

  return {
    find({ message: { id, revision } }) {
      const found = find.get(id, revision)?.["message"];
      return found === undefined ? undefined : Number(found);
    },
    add({ message: { id, revision, kind }, worth, stratum, body }, nowMs) {
      const number = numbers.next();
      const { changes } = add.run(
        number,
        id,
        revision,
        kind,
        nowMs,
        worth,
        stratum,
        crc32(body),
        body,
      );
      return changes > 0 ? number : Number(find.get(id, revision)?.["message"]);
    },
    keep: (number) => void keep.run(number),
    unkeep: (number) => unkeep.run(number).changes > 0,
    release,
    kept(kind, { after = 0, limit = 1000 } = {}) {
      const items: OutboxItem[] = [];
      for (const row of allKept.iterate(kind, after)) {
        if (items.length >= limit) break;
        const message = decodeRow(row);
        if (typeof message === "string") continue;
        items.push(itemOf(Number(row["message"]), row, message));
      }
      return items;
    },
    ...incidentSteps(database, release),
  };
}

function incidentSteps(
  database: DatabaseSync,
  release: MessageStore["release"],
): Pick<MessageStore, "follow" | "unclosed"> {
  const newest = database.prepare(
    "SELECT message, revision FROM message WHERE id = ? AND unclosed = 1",
  );
  const mark = database.prepare("UPDATE message SET unclosed = ? WHERE message = ?");
  const all = database.prepare(
    "SELECT thinned, checksum, body FROM message WHERE unclosed = 1 ORDER BY message",
  );
  return {
    follow({ message }, number) {
      if (!("phase" in message)) return;
      const before = newest.get(message.id);
      const isClosed = message.phase === "closed";
      if (before !== undefined) {
        if (!isClosed && Number(before["revision"]) >= message.revision) return;
        mark.run(0, Number(before["message"]));
        release([Number(before["message"])]);
      }
      if (!isClosed) mark.run(1, number);
    },
    unclosed: () =>
      all
        .all()
        .map((row) => decodeRow(row))
        .filter((message) => typeof message !== "string" && "phase" in message),
  };
}
