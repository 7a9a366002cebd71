import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "../errors.ts";

/** "WTAP": marks a SQLite file as ours, so that another application's file is never touched. */
const APPLICATION_ID = 0x57_54_41_50;
const SCHEMA_VERSION = 1;

/**
 * One row of `event` per message, whatever the number of queues; one row of `delivery` per queue that still has to
 * deliver it. `incident` has the newest message of every incident that is not closed.
 */
const SCHEMA = `
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

/**
 * Opens the file for this process alone, with every commit on the disk before it returns.
 *
 * The exclusive lock goes with the process, also after `kill -9`, and keeps the file to one connection: SQLite before
 * 3.51.3 can damage a write-ahead log that two connections share.
 *
 * @throws the error of `node:sqlite`, or a GatewayError when the file is somebody else's.
 */
export function openDatabase(path: string): DatabaseSync {
  // Not imported: that would print a warning on Node 22 whether or not an outbox is used.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  // Not read: closing a file drops the locks that this process may already hold on it.
  const isEmpty = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    // Only an empty file takes it, and the first transaction already writes a page.
    if (isEmpty) database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("BEGIN EXCLUSIVE");
    const isNew = checkOwnership(database, path);
    database.exec("COMMIT");
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 128;
      PRAGMA journal_size_limit = 1048576;
    `);
    if (isNew) createSchema(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Returns the number that a pragma without arguments answers. */
export function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Returns whether the file is empty and so ours to fill. */
function checkOwnership(database: DatabaseSync, path: string): boolean {
  const application = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
  if (application === 0 && version === 0 && tables === 0) return true;
  if (application !== APPLICATION_ID) {
    throw new GatewayError(
      "OUTBOX_UNAVAILABLE",
      `${path} is not an outbox: expected application id ${APPLICATION_ID}, got ${application}`,
      { hint: "Name another path for the outbox; that SQLite file was left as it is." },
    );
  }
  if (version !== SCHEMA_VERSION) {
    throw new GatewayError(
      "OUTBOX_UNAVAILABLE",
      `${path} has another layout: expected version ${SCHEMA_VERSION}, got ${version}`,
      { hint: "Run the version of wheeltapper that wrote the file until it is drained." },
    );
  }
  return false;
}

function createSchema(database: DatabaseSync): void {
  database.exec(`
    BEGIN;
    ${SCHEMA}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}
