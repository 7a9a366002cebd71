import { statSync } from "node:fs";
import { decodeMessage, encodeMessage } from "../../src/math/message-json.ts";
import type { OpenStore, Store } from "./store.ts";

interface Statement {
  run(...parameters: readonly unknown[]): unknown;
  all(...parameters: readonly unknown[]): readonly { number: number; body: Buffer }[];
}

/** The part of better-sqlite3 that is used here. */
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  transaction<T extends readonly unknown[]>(work: (...given: T) => void): (...given: T) => void;
  close(): void;
}

/** The least that does it by hand: one table, one queue, the names unique, as durable as the outbox. */
export function byBetterSqlite3(library: unknown): OpenStore {
  const Sqlite = library as new (path: string) => Database;
  // Its native part is loaded only now, and may be one for another version of Node.
  new Sqlite(":memory:").close();
  return (path): Store => {
    const database = new Sqlite(path);
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE message (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (id, revision)
      )`);
    const add = database.prepare(
      "INSERT INTO message (id, revision, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    );
    const oldest = database.prepare("SELECT number, body FROM message ORDER BY number LIMIT ?");
    const remove = database.prepare("DELETE FROM message WHERE number = ?");
    const append = database.transaction((events: Parameters<Store["append"]>[0]) => {
      for (const event of events) {
        add.run(event.id, event.revision, Buffer.from(encodeMessage(event)));
      }
    });
    const acknowledge = database.transaction((numbers: readonly number[]) => {
      for (const number of numbers) remove.run(number);
    });
    return {
      append: async (events) => append(events),
      async drain(limit) {
        const rows = oldest.all(limit);
        for (const { body } of rows) decodeMessage(body.toString());
        acknowledge(rows.map(({ number }) => number));
        return rows.length;
      },
      sizeBytes: () =>
        ["", "-wal"].reduce(
          (sum, end) => sum + (statSync(path + end, { throwIfNoEntry: false })?.size ?? 0),
          0,
        ),
      close: async () => database.close(),
    };
  };
}
