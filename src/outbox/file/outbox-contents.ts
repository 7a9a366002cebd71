import type { DatabaseSync } from "node:sqlite";

/** Messages of one kind. */
export interface KindCount {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
}

/** What is in an outbox, counted. */
export interface OutboxContents {
  readonly queues: readonly QueueContents[];
  /** What was kept for reading, delivered or not. */
  readonly kept: readonly KindCount[];
  /** What was kept for reading and had to give way or was too old. */
  readonly droppedOfKept: readonly DropCount[];
  /** Everything, once each. */
  readonly stored: readonly StoredKind[];
}

export interface QueueContents {
  readonly name: string;
  readonly pending: readonly KindCount[];
  readonly dropped: readonly DropCount[];
}

export interface DropCount {
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
}

export interface StoredKind extends KindCount {
  /** When the first and the last were stored, in epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export function outboxContents(database: DatabaseSync): OutboxContents {
  const read = <T>(sql: string, ...parameters: number[]): readonly T[] =>
    database
      .prepare(sql)
      .all(...parameters)
      .map((row) => ({ ...row }) as T);
  const dropped = (queue: number): readonly DropCount[] =>
    read("SELECT kind, reason, count FROM dropped WHERE queue = ? ORDER BY kind, reason", queue);
  const sums = "kind, count(*) AS count, total(length(body)) AS bytes";
  return {
    queues: read<{ queue: number; name: string }>(
      "SELECT queue, name FROM queue ORDER BY queue",
    ).map(({ queue, name }) => ({
      name,
      pending: read(
        `SELECT ${sums} FROM delivery JOIN message USING (message) WHERE queue = ? GROUP BY kind ORDER BY kind`,
        queue,
      ),
      dropped: dropped(queue),
    })),
    kept: read(`SELECT ${sums} FROM message WHERE kept = 1 GROUP BY kind ORDER BY kind`),
    droppedOfKept: dropped(0),
    stored: read(
      `SELECT ${sums}, min(appended_ms) AS firstMs, max(appended_ms) AS lastMs FROM message GROUP BY kind ORDER BY kind`,
    ),
  };
}
