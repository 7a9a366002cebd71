/** A table, its numeric key and the other columns. */
export interface SalvagedTable {
  readonly name: string;
  readonly key: string;
  readonly columns: readonly string[];
  /** The key rises within a queue only. */
  readonly isByQueue?: true;
}

interface Salvage {
  /** In the order of copying. */
  readonly tables: readonly SalvagedTable[];
  /** What is left to do once they are copied. */
  readonly complete: (firstNumber: number) => string;
}

/** How each layout is salvaged. */
export const SALVAGE: Readonly<Record<number, Salvage>> = {
  1: {
    tables: [
      { name: "queue", key: "queue", columns: ["name"] },
      { name: "event", key: "event", columns: ["id", "revision", "body", "checksum"] },
      { name: "delivery", key: "sequence", columns: ["queue", "event"] },
      { name: "dead_letter", key: "sequence", columns: ["queue", "body", "reason", "rejected_ms"] },
      { name: "incident", key: "incident", columns: ["id", "revision", "body", "checksum"] },
    ],
    complete: () => `
      INSERT INTO delivery (queue, event) SELECT queue.queue, event.event FROM event, queue
      WHERE event.event NOT IN (SELECT event FROM delivery) ORDER BY event.event`,
  },
  2: {
    tables: [
      { name: "queue", key: "queue", columns: ["name", "reports", "report"] },
      {
        name: "message",
        key: "message",
        columns: [
          ...["id", "revision", "kind", "appended_ms", "worth", "stratum", "thinned"],
          ...["kept", "unclosed", "checksum", "body"],
        ],
      },
      { name: "delivery", key: "sequence", columns: ["queue", "message"], isByQueue: true },
      {
        name: "dead_letter",
        key: "sequence",
        columns: ["queue", "message", "reason", "rejected_ms"],
      },
      {
        name: "dropped",
        key: "dropped",
        columns: [
          ...["queue", "kind", "reason", "gateway"],
          ...["count", "unreported", "first_ms", "last_ms"],
        ],
      },
    ],
    complete: (firstNumber) => `
      CREATE TEMP TABLE lost AS
        SELECT message.message, queue.queue FROM message, queue
        WHERE message.message NOT IN (SELECT message FROM delivery)
          AND message.message NOT IN (SELECT message FROM dead_letter)
        ORDER BY message.message;
      UPDATE counter SET next = max(${firstNumber}, 1 + max(
        (SELECT ifnull(max(message), 0) FROM message),
        (SELECT ifnull(max(sequence), 0) FROM delivery),
        (SELECT ifnull(max(sequence), 0) FROM dead_letter)));
      INSERT INTO delivery (queue, sequence, message)
        SELECT queue, (SELECT next FROM counter) + rowid, message FROM lost;
      UPDATE counter SET next = next + 1 + (SELECT count(*) FROM lost)`,
  },
};
