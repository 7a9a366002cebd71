import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "../../errors.ts";
import { APPLICATION_ID, LAYOUT, LAYOUT_VERSION } from "./layout.ts";
import { LAYOUT_1 } from "./layout-1.ts";

/** What each version laid out; those before the newest are there to be migrated and salvaged. */
const LAYOUTS: Readonly<Record<number, string>> = { 1: LAYOUT_1, [LAYOUT_VERSION]: LAYOUT };

/**
 * Opens the file for this process alone, with every commit on the disk before it returns; one of an earlier version is left in
 * its layout.
 *
 * The exclusive lock goes with the process, also after `kill -9`, and keeps the file to one connection: SQLite before
 * 3.51.3 can damage a write-ahead log that two connections share.
 *
 * @param version the layout of a file that is new
 * @throws the error of `node:sqlite`, a {@link ForeignFileError}, or a GatewayError for a file of a newer version
 */
export function openDatabase(path: string, version: number = LAYOUT_VERSION): DatabaseSync {
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
      PRAGMA wal_autocheckpoint = ${logPages(path)};
      PRAGMA journal_size_limit = 2097152;
    `);
    if (isNew) createSchema(database, version);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Pages (of 4 KiB) in the log before they are copied to the file. The longer it is, the fewer times the disk has to be waited for, and the
 * less is written; on a small disk, and one that is nearly full, it must not take the place of messages.
 */
function logPages(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize < ROOMY_BYTES ? 128 : 384;
}

const ROOMY_BYTES = 64 * 1024 * 1024;

/** The file is a database, and not ours. */
export class ForeignFileError extends GatewayError {
  constructor(path: string, application: number) {
    super(
      "OUTBOX_UNAVAILABLE",
      `${path} is not an outbox: expected application id ${APPLICATION_ID}, got ${application}`,
      { hint: "Name another path for the outbox; that SQLite file was left as it is." },
    );
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
  if (application !== APPLICATION_ID) throw new ForeignFileError(path, application);
  if (LAYOUTS[version] === undefined) {
    throw new GatewayError(
      "OUTBOX_UNAVAILABLE",
      `${path} has another layout: expected version ${LAYOUT_VERSION} or before, got ${version}`,
      { hint: "Run the version of wheeltapper that wrote the file until it is drained." },
    );
  }
  return false;
}

function createSchema(database: DatabaseSync, version: number): void {
  database.exec(`
    BEGIN;
    ${LAYOUTS[version]}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${version};
    COMMIT;
  `);
}
