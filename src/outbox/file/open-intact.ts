import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { SetAsideFile } from "../outbox.ts";
import { isCorrupt, isNotADatabase, openError } from "./database-error.ts";
import { migrateLayout1 } from "./layout-1.ts";
import { ForeignFileError, openDatabase, pragma } from "./open-database.ts";
import { finishSalvage, salvageDatabase } from "./salvage-database.ts";
import { setForeignAside } from "./set-aside.ts";

export interface OpenIntactOptions {
  /** What the owner file names, if it names any. */
  readonly ownerPid: number | undefined;
  readonly foreignFile: "set-aside" | "refuse";
  readonly onSetAside: (file: SetAsideFile) => void;
  /** Numbers below are not given any more. */
  readonly firstNumber: number;
}

/** Opens an outbox of the present layout, whatever lies there: migrates, salvages and sets aside, with a process warning. */
export function openIntact(path: string, options: OpenIntactOptions): DatabaseSync {
  const { ownerPid, foreignFile } = options;
  try {
    finishSalvage(path);
    if (foreignFile === "set-aside") makeWay(path, options);
    return migrated(openChecked(path) ?? openSalvaged(path, options));
  } catch (error) {
    throw openError(path, error, ownerPid);
  }
}

function migrated(database: DatabaseSync): DatabaseSync {
  try {
    migrateLayout1(database, pragma(database, "user_version"));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Sets a file aside that is not an outbox, once nobody else can have it. */
function makeWay(path: string, { onSetAside }: OpenIntactOptions): void {
  if (!existsSync(path)) return;
  try {
    openDatabase(path).close();
  } catch (error) {
    if (!(error instanceof ForeignFileError) && !isNotADatabase(error)) return;
    const kept = setForeignAside(path);
    warn(`${path} was not an outbox; a new one was made, that file is ${kept}`);
    onSetAside({ path: kept, reason: "foreign", atMs: Date.now() });
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

function openSalvaged(path: string, { onSetAside, firstNumber }: OpenIntactOptions): DatabaseSync {
  const kept = salvageDatabase(path, firstNumber);
  warn(`${path} was damaged; what could be read goes on, the file is ${kept}`);
  onSetAside({ path: kept, reason: "damaged", atMs: Date.now() });
  return openDatabase(path);
}

function warn(message: string): void {
  process.emitWarning(message, { code: "WHEELTAPPER_OUTBOX_DAMAGED" });
}
