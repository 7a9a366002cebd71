import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, PeekOptions, QueueStats } from "../outbox.ts";
import { bodyBytes, decodeRow, type WaitingRow } from "./message-row.ts";
import type { MessageStore } from "./message-store.ts";
import type { NumberSource } from "./number-source.ts";

/** Who has to deliver what; each method is one step of a transaction that the caller runs. */
export interface QueueStore extends DeadLetterStore {
  /** Returns the number of the queue, made when it is new. */
  queueNumber(name: string): number;
  queueNames(): readonly string[];
  /** Adds a message that waits in this queue from now on, unless it does already; returns its place. */
  add(queue: number, message: number): number | undefined;
  /** Takes a message out of all queues; returns which they were. */
  takeOut(message: number): readonly number[];
  /** Puts what waits at this place before everything else. */
  putFirst(queue: number, sequence: number): void;
  /** Whether something was put first and still waits. */
  hasFirst(queue: number): boolean;
  /** The rows of what waits, undecoded: at most `limit` of them. */
  oldest(queue: number, limit: number, options?: PeekOptions): readonly WaitingRow[];
  /** Forgets what was waiting at these places; returns how many there were. */
  acknowledge(queue: number, sequences: readonly number[]): number;
  stats(queue: number): QueueStats;
  /** The newest place that waits; 0 when none does. */
  lastSequence(queue: number): number;
}

export interface DeadLetterStore {
  reject(queue: number, sequence: number, reason: string): void;
  deadLetters(queue: number, limit: number): readonly DeadLetter[];
  /** Returns whether it could be put back. */
  resend(queue: number, sequence: number): boolean;
  /** Forgets the `count` oldest dead letters of all queues; returns how many there were. */
  forgetDeadLetters(count: number): number;
  forgetDeadLettersBefore(timeMs: number): void;
}

type Row = NonNullable<ReturnType<ReturnType<DatabaseSync["prepare"]>["get"]>>;

export function queueStore(
  database: DatabaseSync,
  messages: MessageStore,
  numbers: NumberSource,
): QueueStore {
  const findQueue = database.prepare("SELECT queue FROM queue WHERE name = ?");
  const addQueue = database.prepare("INSERT INTO queue (name, reports) VALUES (?, 0)");
  const allQueues = database.prepare("SELECT name FROM queue ORDER BY queue");
  const count = database.prepare(`
    SELECT (SELECT count(*) FROM delivery WHERE queue = ?) AS pending,
      (SELECT count(*) FROM dead_letter WHERE queue = ?) AS dead,
      (SELECT total(count) FROM dropped WHERE queue = ?) AS dropped,
      (SELECT appended_ms FROM delivery JOIN message USING (message)
        WHERE queue = ? ORDER BY sequence LIMIT 1) AS oldest`);
  const last = database.prepare("SELECT max(sequence) AS last FROM delivery WHERE queue = ?");
  const deliveries = deliverySteps(database, messages, numbers);
  const dead = deadLetterSteps(database, messages, numbers, deliveries);

  return {
    queueNumber(name) {
      const found = findQueue.get(name)?.["queue"];
      return Number(found ?? addQueue.run(name).lastInsertRowid);
    },
    queueNames: () => allQueues.all().map(({ name }) => String(name)),
    ...deliveries,
    ...dead,
    lastSequence: (queue) => Number(last.get(queue)?.["last"] ?? 0),
    stats(queue) {
      // Not by number: `node:sqlite` of Node 22.13 binds no numbered parameters by their place.
      const row = count.get(queue, queue, queue, queue);
      const oldest = row?.["oldest"];
      return {
        pending: Number(row?.["pending"]),
        deadLetters: Number(row?.["dead"]),
        dropped: Number(row?.["dropped"]),
        ...(typeof oldest === "number" && { oldestMs: oldest }),
      };
    },
  };
}

/**
 * So many rows are read at once, twice as many each time: faster than one by one, and where messages are so large that a batch is full after a few of
 * them, little is read in vain.
 */
const AT_A_TIME = { first: 2, most: 32 };

type DeliverySteps = Pick<
  QueueStore,
  "acknowledge" | "add" | "hasFirst" | "oldest" | "putFirst" | "takeOut"
>;

function deliverySteps(
  database: DatabaseSync,
  messages: MessageStore,
  numbers: NumberSource,
): DeliverySteps {
  const add = database.prepare(`
    INSERT INTO delivery (queue, sequence, message) VALUES (?, ?, ?) ON CONFLICT (message, queue) DO NOTHING`);
  const remove = database.prepare(`
    DELETE FROM delivery WHERE queue = ? AND sequence IN (SELECT value FROM json_each(?)) RETURNING message`);
  const takeOut = database.prepare("DELETE FROM delivery WHERE message = ? RETURNING queue");
  const setFirst = database.prepare("UPDATE queue SET report = ? WHERE queue = ?");
  // A left join: a delivery whose message is gone must come to light, not wait for ever.
  const columns = "sequence, appended_ms, thinned, checksum, body";
  const first = database.prepare(`
    SELECT ${columns} FROM queue JOIN delivery ON delivery.queue = queue.queue AND sequence = report
    LEFT JOIN message USING (message) WHERE queue.queue = ?`);
  const following = database.prepare(`
    SELECT ${columns} FROM delivery LEFT JOIN message USING (message)
    WHERE queue = ? AND sequence > ? ORDER BY sequence LIMIT ?`);

  function* stored(queue: number, after: number): Generator<Row> {
    let from = after;
    for (let count = AT_A_TIME.first; ; count = Math.min(2 * count, AT_A_TIME.most)) {
      const rows = following.all(queue, from, count);
      yield* rows;
      if (rows.length < count) return;
      from = Number(rows.at(-1)?.["sequence"]);
    }
  }

  function* inOrder(queue: number, after: number): Generator<Row> {
    const put = first.get(queue);
    if (put !== undefined && Number(put["sequence"]) > after) yield put;
    for (const row of stored(queue, after)) {
      if (row["sequence"] !== put?.["sequence"]) yield row;
    }
  }

  return {
    add(queue, message) {
      const sequence = numbers.next();
      return add.run(queue, sequence, message).changes > 0 ? sequence : undefined;
    },
    takeOut: (message) => takeOut.all(message).map((row) => Number(row["queue"])),
    putFirst: (queue, sequence) => void setFirst.run(sequence, queue),
    hasFirst: (queue) => first.get(queue) !== undefined,
    oldest(queue, limit, { after = 0, maxBytes = Number.POSITIVE_INFINITY } = {}) {
      const chosen: Row[] = [];
      let bytes = 0;
      for (const row of inOrder(queue, after)) {
        bytes += bodyBytes(row);
        if (chosen.length === limit || (chosen.length > 0 && bytes > maxBytes)) break;
        chosen.push(row);
      }
      return chosen;
    },
    acknowledge(queue, sequences) {
      const delivered = remove.all(queue, JSON.stringify(sequences));
      messages.release(delivered.map(({ message }) => Number(message)));
      return delivered.length;
    },
  };
}

function deadLetterSteps(
  database: DatabaseSync,
  messages: MessageStore,
  numbers: NumberSource,
  deliveries: DeliverySteps,
): DeadLetterStore {
  const bury = database.prepare(`
    INSERT INTO dead_letter (sequence, queue, message, reason, rejected_ms)
    SELECT ?, queue, message, ?, ? FROM delivery WHERE queue = ? AND sequence = ?`);
  const newest = database.prepare(`
    SELECT sequence, reason, rejected_ms, thinned, checksum, body FROM dead_letter LEFT JOIN message USING (message)
    WHERE queue = ? ORDER BY sequence DESC LIMIT ?`);
  const find = database.prepare(`
    SELECT dead_letter.message, thinned, checksum, body FROM dead_letter LEFT JOIN message USING (message)
    WHERE queue = ? AND sequence = ?`);
  const unbury = database.prepare("DELETE FROM dead_letter WHERE sequence = ?");
  const removeOldest = database.prepare(`
    DELETE FROM dead_letter WHERE sequence IN (SELECT sequence FROM dead_letter ORDER BY sequence LIMIT ?)
    RETURNING message`);
  const removeBefore = database.prepare(
    "DELETE FROM dead_letter WHERE rejected_ms < ? RETURNING message",
  );
  const releaseAll = (rows: readonly Row[]): number => {
    messages.release(rows.map(({ message }) => Number(message)));
    return rows.length;
  };

  return {
    reject(queue, sequence, reason) {
      // A number of its own, so that they lie in the order in which they were refused.
      bury.run(numbers.next(), reason, Date.now(), queue, sequence);
      deliveries.acknowledge(queue, [sequence]);
    },
    deadLetters: (queue, limit) =>
      newest.all(queue, limit).map((row) => {
        const message = decodeRow(row);
        return {
          sequence: Number(row["sequence"]),
          rejectedMs: Number(row["rejected_ms"]),
          reason: String(row["reason"]),
          ...(typeof message !== "string" && { message }),
        };
      }),
    resend(queue, sequence) {
      const letter = find.get(queue, sequence);
      if (letter === undefined || typeof decodeRow(letter) === "string") return false;
      unbury.run(sequence);
      deliveries.add(queue, Number(letter["message"]));
      return true;
    },
    forgetDeadLetters: (limit) => releaseAll(removeOldest.all(limit)),
    forgetDeadLettersBefore: (timeMs) => void releaseAll(removeBefore.all(timeMs)),
  };
}
