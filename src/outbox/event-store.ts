import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { GatewayEvent } from "../core/gateway-event.ts";
import { decodeMessage, encodeMessage } from "../math/message-json.ts";
import type { OutboxItem, QueueStats } from "./outbox.ts";

/** An event and what is written of it. */
export interface EncodedEvent {
  readonly event: GatewayEvent;
  readonly body: Uint8Array;
}

/** The statements of the outbox; each method is one step of a transaction that the caller runs. */
export interface EventStore {
  /** Returns the number of the queue, made when it is new. */
  queueNumber(name: string): number;
  queueNames(): readonly string[];
  append(queue: number, encoded: EncodedEvent): void;
  peek(queue: number, limit: number): readonly OutboxItem[];
  acknowledge(queue: number, sequence: number): void;
  reject(queue: number, sequence: number, reason: string): void;
  /** Forgets the `count` oldest dead letters of all queues; returns how many there were. */
  forgetDeadLetters(count: number): number;
  stats(queue: number): QueueStats;
  unclosed(): readonly GatewayEvent[];
}

/** What was stored; a damaged file may answer anything. */
interface Row {
  readonly body?: unknown;
  readonly checksum?: unknown;
}

export function encode(event: GatewayEvent): EncodedEvent {
  return { event, body: Buffer.from(encodeMessage(event)) };
}

/**
 * Returns the event of a row, or the reason why there is none. SQLite notices a damaged page, but hands out a damaged
 * payload as good data; the checksum does notice it.
 */
export function decodeRow({ body, checksum }: Row): GatewayEvent | string {
  if (!(body instanceof Uint8Array)) return "damaged record: the payload is gone";
  const actual = crc32(body);
  if (actual !== checksum) return `damaged record: expected checksum ${checksum}, got ${actual}`;
  try {
    return decodeMessage(Buffer.from(body).toString());
  } catch (error) {
    return `unreadable record: ${error}`;
  }
}

export function eventStore(database: DatabaseSync): EventStore {
  return { ...queueSteps(database), ...appendSteps(database) };
}

function queueSteps(database: DatabaseSync): Omit<EventStore, "append" | "unclosed"> {
  const findQueue = database.prepare("SELECT queue FROM queue WHERE name = ?");
  const addQueue = database.prepare("INSERT INTO queue (name) VALUES (?)");
  const allQueues = database.prepare("SELECT name FROM queue ORDER BY queue");
  // A left join: a delivery whose event is gone must come to light, not wait for ever.
  const oldest = database.prepare(`
    SELECT sequence, body, checksum FROM delivery LEFT JOIN event USING (event)
    WHERE queue = ? ORDER BY sequence LIMIT ?`);
  const removeDelivery = database.prepare(
    "DELETE FROM delivery WHERE queue = ? AND sequence = ? RETURNING event",
  );
  const removeEvent = database.prepare(`
    DELETE FROM event WHERE event = ?
    AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.event = event.event)`);
  const addDeadLetter = database.prepare(`
    INSERT INTO dead_letter (sequence, queue, body, reason, rejected_ms)
    SELECT sequence, queue, body, ?, ? FROM delivery LEFT JOIN event USING (event)
    WHERE queue = ? AND sequence = ?`);
  const removeDeadLetters = database.prepare(`
    DELETE FROM dead_letter
    WHERE sequence IN (SELECT sequence FROM dead_letter ORDER BY sequence LIMIT ?)`);
  const count = database.prepare(`
    SELECT (SELECT count(*) FROM delivery WHERE queue = ?) AS pending,
      (SELECT count(*) FROM dead_letter WHERE queue = ?) AS dead`);

  const acknowledge = (queue: number, sequence: number): void => {
    const delivered = removeDelivery.get(queue, sequence);
    if (delivered !== undefined) removeEvent.run(delivered["event"] ?? null);
  };

  const reject = (queue: number, sequence: number, reason: string): void => {
    addDeadLetter.run(reason, Date.now(), queue, sequence);
    acknowledge(queue, sequence);
  };

  return {
    queueNumber(name) {
      const found = findQueue.get(name)?.["queue"];
      return Number(found ?? addQueue.run(name).lastInsertRowid);
    },
    queueNames: () => allQueues.all().map(({ name }) => String(name)),
    peek(queue, limit) {
      const rows = oldest.all(queue, limit);
      const items: OutboxItem[] = [];
      for (const row of rows) {
        const sequence = Number(row["sequence"]);
        const event = decodeRow(row);
        if (typeof event === "string") reject(queue, sequence, event);
        else items.push({ sequence, appendedMs: 0, message: event });
      }
      // What was damaged is out of the way now, so this ends.
      return items.length < rows.length ? this.peek(queue, limit) : items;
    },
    acknowledge,
    reject,
    forgetDeadLetters: (limit) => Number(removeDeadLetters.run(limit).changes),
    stats(queue) {
      const row = count.get(queue, queue);
      return { pending: Number(row?.["pending"]), deadLetters: Number(row?.["dead"]) };
    },
  };
}

function appendSteps(database: DatabaseSync): Pick<EventStore, "append" | "unclosed"> {
  const addEvent = database.prepare(`
    INSERT INTO event (id, revision, body, checksum) VALUES (?, ?, ?, ?)
    ON CONFLICT (id, revision) DO NOTHING`);
  const addDelivery = database.prepare(`
    INSERT INTO delivery (queue, event) SELECT ?, event FROM event WHERE id = ? AND revision = ?
    ON CONFLICT (event, queue) DO NOTHING`);
  const keepNewest = database.prepare(`
    INSERT INTO incident (id, revision, body, checksum) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE
    SET revision = excluded.revision, body = excluded.body, checksum = excluded.checksum
    WHERE excluded.revision > incident.revision`);
  const close = database.prepare("DELETE FROM incident WHERE id = ?");
  const all = database.prepare("SELECT body, checksum FROM incident ORDER BY incident");

  return {
    append(queue, { event: { id, revision, phase }, body }) {
      const checksum = crc32(body);
      addEvent.run(id, revision, body, checksum);
      addDelivery.run(queue, id, revision);
      if (phase === "closed") close.run(id);
      else keepNewest.run(id, revision, body, checksum);
    },
    unclosed() {
      return all
        .all()
        .map((row) => decodeRow(row))
        .filter((event) => typeof event !== "string");
    },
  };
}
