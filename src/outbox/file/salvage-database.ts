import { existsSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { isCorrupt, isNotADatabase } from "./database-error.ts";
import { openDatabase, pragma } from "./open-database.ts";
import { SALVAGE, type SalvagedTable } from "./salvaged-tables.ts";
import { moveAside } from "./set-aside.ts";

/**
 * Replaces a damaged outbox by one with every row that can still be read, of the same layout, and keeps the damaged file beside it.
 *
 * A message whose deliveries are gone is delivered again to every queue: rather twice than never.
 *
 * @param firstNumber numbers below are not given any more
 * @returns the path of the damaged file.
 */
export function salvageDatabase(path: string, firstNumber: number): string {
  const salvaged = salvagedPath(path);
  const begin = (): void => {
    for (const suffix of ["", "-wal", "-journal"]) rmSync(salvaged + suffix, { force: true });
  };
  begin();
  try {
    copyReadable(path, salvaged, firstNumber);
  } catch (error) {
    if (!isCorrupt(error) && !isNotADatabase(error)) throw error;
    // So much is damaged that nothing can be read.
    begin();
    openDatabase(salvaged).close();
  }
  const kept = moveAside(path, `${path}.corrupt-${Date.now()}`);
  renameSync(salvaged, path);
  return kept;
}

/** Completes a salvage that was cut off between its two renames. */
export function finishSalvage(path: string): void {
  if (!existsSync(path) && existsSync(salvagedPath(path))) renameSync(salvagedPath(path), path);
}

function salvagedPath(path: string): string {
  return `${path}-salvaged`;
}

function copyReadable(from: string, to: string, firstNumber: number): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const source = new DatabaseSync(from, { defensive: false });
  let target: DatabaseSync | undefined;
  try {
    // A writable schema, and no defence against it, lets SQLite read a file that is shorter than it should be.
    source.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA writable_schema = ON");
    const version = pragma(source, "user_version");
    target = openDatabase(to, version);
    const { tables, complete } = SALVAGE[version] ?? { tables: [], complete: () => "" };
    target.exec("BEGIN");
    for (const table of tables) copyTable(source, target, table);
    target.exec(`${complete(firstNumber)}; COMMIT`);
  } finally {
    attempt(() => source.close());
    target?.close();
  }
}

function copyTable(source: DatabaseSync, target: DatabaseSync, table: SalvagedTable): void {
  const names = [table.key, ...table.columns];
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${table.name} (${names.join()}) VALUES (${names.map(() => "?").join()})`,
  );
  const parts = table.isByQueue ? target.prepare("SELECT queue FROM queue").all() : [{ queue: 0 }];
  for (const { queue } of parts) {
    const only = table.isByQueue ? `queue = ${Number(queue)} AND` : "";
    for (const row of readableRows(source, table, only)) {
      // Strict tables refuse what damage made of another type.
      attempt(() => insert.run(...names.map((column) => row[column] ?? null)));
    }
  }
}

type Row = NonNullable<ReturnType<ReturnType<DatabaseSync["prepare"]>["get"]>>;

/** Walks a table by its key and, where a page cannot be read, tries key after key until the next one can. */
function* readableRows(
  database: DatabaseSync,
  { name, key }: SalvagedTable,
  only: string,
): Generator<Row> {
  const next = attempt(() =>
    database.prepare(`SELECT * FROM ${name} WHERE ${only} ${key} > ? ORDER BY ${key} LIMIT 1`),
  );
  const highest = highestKey(database, name, key);
  let last = 0;
  while (next !== undefined && last < highest) {
    const found = attempt(() => ({ row: next.get(last) }));
    if (found === undefined) last += 1;
    else if (found.row === undefined) return;
    else {
      last = Math.max(last + 1, Number(found.row[key]));
      yield found.row;
    }
  }
}

/** Asks the table and, because its end may be what is damaged, what counts its keys in either layout. */
function highestKey(database: DatabaseSync, table: string, key: string): number {
  const highest = (sql: string, ...parameters: string[]): number =>
    attempt(() => Number(database.prepare(sql).get(...parameters)?.["highest"] ?? 0)) ?? 0;
  return Math.max(
    highest(`SELECT max(${key}) AS highest FROM ${table}`),
    highest("SELECT seq AS highest FROM sqlite_sequence WHERE name = ?", table),
    highest("SELECT next AS highest FROM counter"),
  );
}

/** Returns `undefined` where the damage is. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
