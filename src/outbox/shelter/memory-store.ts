import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import { GatewayError } from "../../errors.ts";
import { type EncodedMessage, encode } from "../file/message-row.ts";
import { WORTH, type Worth } from "../file/worth.ts";
import type { OutboxItem } from "../outbox.ts";
import type { MemoryIncidents } from "./memory-incidents.ts";

/** A queue by its name; `undefined` for what is kept for reading. */
export type Shelf = string | undefined;

/** A message that waits in memory. */
export interface Sheltered {
  readonly shelf: Shelf;
  readonly item: OutboxItem;
  readonly worth: Worth;
  /** About what it takes. */
  readonly bytes: number;
}

/** What had to give way. */
export interface MemoryLoss {
  readonly shelf: Shelf;
  readonly kind: MessageKind;
  readonly gateway: string;
}

/** Messages of all queues, oldest first, in bounded memory. */
export interface MemoryStore {
  /**
   * All or nothing; what waits there already is not stored twice.
   *
   * @throws GatewayError `OUTBOX_FULL` when there is no room and nothing of less worth can give way
   */
  add(shelf: Shelf, messages: readonly GatewayMessage[]): void;
  /** What waits after this number. */
  waiting(shelf: Shelf, after?: number): readonly Sheltered[];
  /** The oldest of all, with at most so many behind it on the same shelf. */
  oldest(count: number): readonly Sheltered[];
  remove(entries: readonly Sheltered[]): void;
  all(): readonly Sheltered[];
}

/** Above every number that a file gives, so that what is in memory comes after what is in the file. */
export const FIRST_SHELTERED: number = 2 ** 52;

export interface MemoryStoreOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly incidents: MemoryIncidents;
  readonly onLoss: (loss: MemoryLoss) => void;
}

export function memoryStore(options: MemoryStoreOptions): MemoryStore {
  const { path, maxBytes, incidents, onLoss } = options;
  let entries: readonly Sheltered[] = [];
  let next = FIRST_SHELTERED;

  const without = (gone: readonly Sheltered[]): readonly Sheltered[] => {
    const isGone = new Set(gone);
    return entries.filter((entry) => !isGone.has(entry));
  };

  /** Each once, without those that wait already. */
  const unknown = (shelf: Shelf, messages: readonly GatewayMessage[]): EncodedMessage[] => {
    const known = new Set(waiting(shelf).map(({ item }) => messageKey(item.message)));
    return messages.flatMap((message) => {
      const key = messageKey(message);
      if (known.has(key)) return [];
      known.add(key);
      return [encode(message)];
    });
  };

  const waiting = (shelf: Shelf, after = 0): readonly Sheltered[] =>
    entries.filter((entry) => entry.shelf === shelf && entry.item.sequence > after);

  /** What gives way for so many bytes of this worth. */
  const victims = (bytes: number, worth: Worth): readonly Sheltered[] => {
    const gone: Sheltered[] = [];
    let excess = entries.reduce((sum, entry) => sum + entry.bytes, bytes) - maxBytes;
    for (const candidate of entries.filter(givesWayTo(worth)).toSorted(byWorth)) {
      if (excess <= 0) break;
      gone.push(candidate);
      excess -= candidate.bytes;
    }
    if (excess <= 0) return gone;
    throw new GatewayError(
      "OUTBOX_FULL",
      `the disk of ${path} refuses messages, and memory is full: expected ${bytes} bytes of room, ${excess} are missing`,
      { retryable: true, hint: "Free space on that disk, or make it writable again." },
    );
  };

  return {
    add(shelf, messages) {
      const fresh = unknown(shelf, messages);
      if (fresh.length === 0) return;
      const bytes = fresh.reduce((sum, message) => sum + message.bytes, 0);
      const gone = victims(bytes, lowestWorth(fresh));
      const added = fresh.map(({ message, body, worth, bytes }) => {
        const item = { sequence: next++, appendedMs: Date.now(), bytes: body.length, message };
        return { shelf, item, worth, bytes };
      });
      entries = [...without(gone), ...added];
      for (const { message } of fresh) incidents.seen(message);
      for (const { shelf, item } of gone) {
        onLoss({ shelf, kind: item.message.kind, gateway: item.message.gateway });
      }
    },
    waiting,
    oldest(count) {
      const shelf = entries[0]?.shelf;
      return entries.filter((entry) => entry.shelf === shelf).slice(0, count);
    },
    remove(gone) {
      entries = without(gone);
      incidents.left(messagesOf(gone), messagesOf(entries));
    },
    all: () => entries,
  };
}

function messagesOf(entries: readonly Sheltered[]): readonly GatewayMessage[] {
  return entries.map(({ item }) => item.message);
}

/** What never gives way does not make its like give way; everything else does: the newest says most. */
function givesWayTo(worth: Worth): (entry: Sheltered) => boolean {
  return (entry) => entry.worth < WORTH.never && entry.worth <= worth;
}

/** The least worth first; of the same worth the oldest. */
function byWorth(a: Sheltered, b: Sheltered): number {
  return a.worth - b.worth || a.item.sequence - b.item.sequence;
}

function lowestWorth(messages: readonly EncodedMessage[]): Worth {
  const [lowest = WORTH.never] = messages.map(({ worth }) => worth).toSorted((a, b) => a - b);
  return lowest;
}

/** Names a message, as long as it waits. */
export function messageKey({ id, revision }: GatewayMessage): string {
  return JSON.stringify([id, revision]);
}
