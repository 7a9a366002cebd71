import type { DatabaseSync } from "node:sqlite";
import { type LossLedger, lossLedger } from "./loss-ledger.ts";
import { type MessageStore, messageStore } from "./message-store.ts";
import { type NumberSource, numberSource } from "./number-source.ts";
import { type QueueStore, queueStore } from "./queue-store.ts";
import { type RoomMaker, roomMaker } from "./room-maker.ts";
import { type Sacrifice, sacrifice } from "./sacrifice.ts";

/** What an outbox is made of. */
export interface OutboxParts {
  readonly numbers: NumberSource;
  readonly messages: MessageStore;
  readonly queues: QueueStore;
  readonly ledger: LossLedger;
  readonly sacrifice: Sacrifice;
  readonly room: RoomMaker;
}

export interface OutboxPartsOptions {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly maxBytes: number;
  /** Numbers below are not given any more. */
  readonly firstNumber: number;
}

export function outboxParts(options: OutboxPartsOptions): OutboxParts {
  const { path, database, maxBytes, firstNumber } = options;
  const numbers = numberSource(database, firstNumber);
  const messages = messageStore(database, numbers);
  const queues = queueStore(database, messages, numbers);
  const ledger = lossLedger(database);
  const giving = sacrifice(database, messages, queues, ledger);
  const room = roomMaker({ path, database, queues, sacrifice: giving, maxBytes });
  return { numbers, messages, queues, ledger, sacrifice: giving, room };
}
