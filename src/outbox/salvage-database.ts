import { existsSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./open-database.ts";

/** The tables in the order of copying, and their numeric keys. */
const TABLES = [
  { name: "queue", key: "queue", columns: ["name"] },
  { name: "event", key: "event", columns: ["id", "revision", "body", "checksum"] },
  { name: "delivery", key: "sequence", columns: ["queue", "event"] },
  { name: "dead_letter", key: "sequence", columns: ["queue", "body", "reason", "rejected_ms"] },
  { name: "incident", key: "incident", columns: ["id", "revision", "body", "checksum"] },
] as const;

/**
 * Replaces a damaged outbox by one with every row that can still be read, and keeps the damaged file beside it.
 *
 * An event whose deliveries are gone is delivered again to every queue: rather twice than never.
 *
 * @returns the path of the damaged file.
 */
export function salvageDatabase(path: string): string {
  const salvaged = salvagedPath(path);
  const kept = `${path}.corrupt-${Date.now()}`;
  for (const suffix of ["", "-wal", "-journal"]) rmSync(salvaged + suffix, { force: true });
  copyReadable(path, salvaged);
  for (const suffix of ["-wal", "-journal", ""]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  }
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

function copyReadable(from: string, to: string): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const target = openDatabase(to);
  const source = new DatabaseSync(from, { defensive: false });
  try {
    // A writable schema, and no defence against it, lets SQLite read a file that is shorter than it should be.
    source.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA writable_schema = ON");
    target.exec("BEGIN");
    for (const table of TABLES) copyTable(source, target, table);
    target.exec(`
      INSERT INTO delivery (queue, event) SELECT queue.queue, event.event FROM event, queue
      WHERE event.event NOT IN (SELECT event FROM delivery) ORDER BY event.event;
      COMMIT`);
  } finally {
    closeQuietly(source);
    target.close();
  }
}

function copyTable(
  source: DatabaseSync,
  target: DatabaseSync,
  { name, key, columns }: (typeof TABLES)[number],
): void {
  const names = [key, ...columns];
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${name} (${names.join()}) VALUES (${names.map(() => "?").join()})`,
  );
  for (const row of readableRows(source, name, key)) {
    // Strict tables refuse what damage made of another type.
    attempt(() => insert.run(...names.map((column) => row[column] ?? null)));
  }
}

type Row = NonNullable<ReturnType<ReturnType<DatabaseSync["prepare"]>["get"]>>;

/** Walks a table by its key and, where a page cannot be read, tries key after key until the next one can. */
function* readableRows(database: DatabaseSync, table: string, key: string): Generator<Row> {
  const next = attempt(() =>
    database.prepare(`SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1`),
  );
  const highest = highestKey(database, table, key);
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

function highestKey(database: DatabaseSync, table: string, key: string): number {
  const highest = (sql: string, ...parameters: string[]): number =>
    attempt(() => Number(database.prepare(sql).get(...parameters)?.["highest"] ?? 0)) ?? 0;
  return Math.max(
    highest(`SELECT max(${key}) AS highest FROM ${table}`),
    highest("SELECT seq AS highest FROM sqlite_sequence WHERE name = ?", table),
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

function closeQuietly(database: DatabaseSync): void {
  attempt(() => database.close());
}
