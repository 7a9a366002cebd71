import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import { LAYOUT, LAYOUT_VERSION } from "./layout.ts";
import { decodeRow, encode } from "./message-row.ts";
import { type MessageStore, messageStore } from "./message-store.ts";
import { type NumberSource, numberSource } from "./number-source.ts";

/** What version 1 laid out: events only, with copies of the payload for dead letters and open incidents. */
export const LAYOUT_1 = `
  CREATE TABLE event (
    event INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (id, revision)
  ) STRICT;
  CREATE TABLE queue (
    queue INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE delivery (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL,
    event INTEGER NOT NULL,
    UNIQUE (event, queue)
  ) STRICT;
  CREATE INDEX delivery_by_queue ON delivery (queue);
  CREATE TABLE dead_letter (
    sequence INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    body BLOB,
    reason TEXT NOT NULL,
    rejected_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_letter_by_queue ON dead_letter (queue);
  CREATE TABLE incident (
    incident INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
`;

const TABLES_1 = ["event", "queue", "delivery", "dead_letter", "incident"];

/** Brings a file of version 1 to the present layout, in one transaction; does nothing to any other. */
export function migrateLayout1(database: DatabaseSync, version: number): void {
  if (version !== 1) return;
  database.exec(`BEGIN; ${TABLES_1.map((name) => `ALTER TABLE ${name} RENAME TO old_${name};`).join("\n")}
    DROP INDEX delivery_by_queue; DROP INDEX dead_letter_by_queue; ${LAYOUT}`);
  try {
    const highest = database.prepare("SELECT max(seq) AS highest FROM sqlite_sequence").get()?.[
      "highest"
    ];
    database.prepare("UPDATE counter SET next = ?").run(Number(highest ?? 0) + 1);
    database.exec("INSERT INTO queue (queue, name, reports) SELECT queue, name, 0 FROM old_queue");
    const numbers = numberSource(database);
    moveRows(database, numbers, messageStore(database, numbers));
    database.exec(`${TABLES_1.map((name) => `DROP TABLE old_${name};`).join("\n")}
      PRAGMA user_version = ${LAYOUT_VERSION}; COMMIT`);
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

type Row = NonNullable<ReturnType<ReturnType<DatabaseSync["prepare"]>["get"]>>;

function moveRows(database: DatabaseSync, numbers: NumberSource, messages: MessageStore): void {
  const deliver = database.prepare(`
    INSERT INTO delivery (queue, sequence, message) SELECT queue, sequence, ? FROM old_delivery WHERE event = ?`);
  const bury = database.prepare(`
    INSERT INTO dead_letter (sequence, queue, message, reason, rejected_ms) VALUES (?, ?, ?, ?, ?)`);
  const place = (message: GatewayMessage): number => {
    const encoded = encode(message);
    // When it was stored is not known; it was soon after it happened.
    return messages.add(encoded, storedMs(message));
  };

  const rows = (sql: string): Iterable<Row> => database.prepare(sql).iterate();
  // Not all at once: a full file is larger than the memory that a gateway has to spare.
  for (const row of rows("SELECT * FROM old_event ORDER BY event")) {
    const event = decodeRow(row);
    // A damaged one keeps its deliveries, which then lead to nothing, and so comes to light.
    const number = typeof event === "string" ? numbers.next() : place(event);
    deliver.run(number, Number(row["event"]));
  }
  for (const row of rows("SELECT * FROM old_dead_letter ORDER BY sequence")) {
    const event = decodeUnchecked(row["body"]);
    const number = event === undefined ? numbers.next() : place(event);
    const [sequence, queue, rejectedMs] = [row["sequence"], row["queue"], row["rejected_ms"]];
    bury.run(Number(sequence), Number(queue), number, String(row["reason"]), Number(rejectedMs));
  }
  for (const row of rows("SELECT * FROM old_incident ORDER BY incident")) {
    const event = decodeRow(row);
    if (typeof event !== "string") messages.follow(encode(event), place(event));
  }
}

/** A dead letter had no checksum. */
function decodeUnchecked(body: unknown): GatewayMessage | undefined {
  if (!(body instanceof Uint8Array)) return undefined;
  const message = decodeRow({ body, checksum: crc32(body) });
  return typeof message === "string" ? undefined : message;
}

function storedMs(message: GatewayMessage): number {
  return "endMs" in message ? message.endMs : message.atMs;
}
