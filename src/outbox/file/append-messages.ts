import { KEPT_FOR_READING, type LossLedger } from "./loss-ledger.ts";
import type { EncodedMessage } from "./message-row.ts";
import type { MessageStore } from "./message-store.ts";
import type { QueueStore } from "./queue-store.ts";
import type { RoomMaker } from "./room-maker.ts";
import { WORTH } from "./worth.ts";

/** A message and when it was stored, here or in memory. */
export interface StampedMessage extends EncodedMessage {
  readonly appendedMs: number;
}

export interface AppendParts {
  readonly messages: MessageStore;
  readonly queues: QueueStore;
  readonly ledger: LossLedger;
  readonly room: RoomMaker;
}

/**
 * Returns a step that stores messages for a queue, or for reading. First it makes sure that those that never give way have
 * room, so that it does all or nothing of them; one of the others that finds none is given up and counted.
 *
 * @throws GatewayError `OUTBOX_FULL`, and nothing was stored
 */
export function appendMessages(
  parts: AppendParts,
): (queue: number, batch: readonly StampedMessage[]) => void {
  const { messages, queues, ledger, room } = parts;

  const add = (queue: number, encoded: StampedMessage): void => {
    const { kind, gateway } = encoded.message;
    // The others have found their room before.
    const mayGiveWay = encoded.worth < WORTH.never && messages.find(encoded) === undefined;
    if (mayGiveWay && !room.find(encoded.bytes, encoded.worth)) {
      ledger.count({ queue, kind, reason: "full", gateway }, Date.now());
      return;
    }
    const number = messages.add(encoded, encoded.appendedMs);
    if (queue === KEPT_FOR_READING) messages.keep(number);
    else {
      queues.add(queue, number);
      messages.follow(encoded, number);
    }
  };

  return (queue, batch) => {
    const bytes = batch
      .filter(({ worth }) => worth === WORTH.never)
      .reduce((sum, message) => sum + message.bytes, 0);
    if (bytes > 0) room.require(bytes);
    for (const encoded of batch) add(queue, encoded);
  };
}
