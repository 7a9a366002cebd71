import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { DeadLetter, OutboxItem } from "../outbox.ts";
import type { MemoryStore, Sheltered } from "./memory-store.ts";
import type { OwedSettlements } from "./owed-settlements.ts";

/** The end of a queue that is in memory. */
export interface MemoryPart {
  /** Completes what the file has handed out. */
  lend(filed: readonly OutboxItem[], which: Required<LendOptions>): readonly OutboxItem[];
  /** Forgets what was delivered, or moves it to the dead letters for a reason. */
  settle(sequences: readonly number[], reason: string | undefined): void;
  /** Says that the file has taken these. */
  moved(entries: readonly Sheltered[]): void;
  /** The newest first. */
  deadLetters(): readonly DeadLetter[];
  /** Takes dead letters out; returns their messages. */
  exhume(sequences: readonly number[]): readonly GatewayMessage[];
}

interface LendOptions {
  readonly limit: number;
  readonly after: number;
  readonly maxBytes: number;
}

export interface MemoryPartOptions {
  readonly name: string;
  readonly store: MemoryStore;
  readonly owed: OwedSettlements;
}

/** Dead letters that are kept in memory: those of before they could be stored. */
const MOST_DEAD_LETTERS = 100;

export function memoryPart({ name, store, owed }: MemoryPartOptions): MemoryPart {
  let lent: ReadonlyMap<number, GatewayMessage> = new Map(); // by the newest peek
  let movedMeanwhile = new Map<number, GatewayMessage>();
  let dead: readonly DeadLetter[] = [];

  return {
    lend(filed, { limit, after, maxBytes }) {
      const items = [...filed];
      let bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      for (const { item } of store.waiting(name, after)) {
        bytes += item.bytes;
        if (items.length >= limit || (items.length > 0 && bytes > maxBytes)) break;
        items.push(item);
      }
      lent = new Map(items.map(({ sequence, message }) => [sequence, message]));
      movedMeanwhile = new Map();
      return items;
    },
    settle(sequences, reason) {
      const settled = new Set(sequences);
      const gone = store.waiting(name).filter(({ item }) => settled.has(item.sequence));
      store.remove(gone);
      for (const [sequence, message] of movedMeanwhile) {
        if (settled.has(sequence)) owed.settleLater(message, reason);
      }
      if (reason === undefined) return;
      const rejectedMs = Date.now();
      const letters = gone.map(({ item: { sequence, message } }) => {
        return { sequence, message, reason, rejectedMs };
      });
      dead = [...letters.toReversed(), ...dead].slice(0, MOST_DEAD_LETTERS);
    },
    moved(entries) {
      for (const { item } of entries) {
        if (lent.has(item.sequence)) movedMeanwhile.set(item.sequence, item.message);
      }
    },
    deadLetters: () => dead,
    exhume(sequences) {
      const found = dead.filter(({ sequence }) => sequences.includes(sequence));
      dead = dead.filter((letter) => !found.includes(letter));
      return found.flatMap(({ message }) => (message === undefined ? [] : [message]));
    },
  };
}
