import type { OutboxItem, OutboxQueue, PeekOptions, QueueStats } from "../outbox.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import type { MemoryLosses } from "./memory-losses.ts";
import { type MemoryPart, memoryPart } from "./memory-part.ts";
import { FIRST_SHELTERED, type MemoryStore, type Sheltered } from "./memory-store.ts";
import type { OwedSettlements } from "./owed-settlements.ts";

export interface ShelteredQueueOptions {
  readonly name: string;
  readonly store: MemoryStore;
  readonly losses: MemoryLosses;
  readonly owed: OwedSettlements;
  /** The same queue in the file; `undefined` while there is no file. */
  readonly inFile: () => OutboxQueue | undefined;
  readonly append: OutboxQueue["append"];
  /** Runs a step when nothing is on its way from memory to the file. */
  readonly inOrder: <T>(step: () => Promise<T>) => Promise<T>;
}

/** A queue of which the end may be in memory. */
export type ShelteredQueue = OutboxQueue & Pick<MemoryPart, "moved">;

export function shelteredQueue(options: ShelteredQueueOptions): ShelteredQueue {
  const { name, store, losses, owed, inFile, append, inOrder } = options;
  const inMemory = memoryPart(options);

  /** Health asks, and must not fail because the disk does. */
  const ask = <T>(question: (file: OutboxQueue) => T): T | undefined => {
    try {
      const file = inFile();
      return file && question(file);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return undefined;
    }
  };

  const settle = (sequences: readonly number[], reason?: string): Promise<void> =>
    inOrder(async () => {
      inMemory.settle(sequences, reason);
      const filed = sequences.filter(isFiled);
      if (filed.length > 0) await owed.settle(inFile(), filed, reason);
    });

  const peek = peekBoth(options, inMemory);

  return {
    append,
    moved: inMemory.moved,
    peek: (limit, { after = 0, maxBytes = Number.POSITIVE_INFINITY } = {}) =>
      inOrder(() => peek(limit, { after, maxBytes })),
    async acknowledge(sequences) {
      await settle(sequences);
      // Something got through, so that what did not can be told next.
      if (sequences.length > 0) await losses.report(name, (report) => append([report]));
    },
    reject: settle,
    lastSequence: () =>
      store.waiting(name).at(-1)?.item.sequence ?? ask((file) => file.lastSequence()) ?? 0,
    async deadLetters(limit) {
      const filed = (await inFile()?.deadLetters(limit)) ?? [];
      return [...inMemory.deadLetters(), ...filed].slice(0, limit);
    },
    async resend(sequences) {
      const letters = inMemory.exhume(sequences);
      if (letters.length > 0) await append(letters);
      const filed = sequences.filter(isFiled);
      const resent = filed.length > 0 ? await inFile()?.resend(filed) : 0;
      return letters.length + (resent ?? 0);
    },
    stats: () =>
      sum(
        ask((file) => file.stats()),
        {
          waiting: store.waiting(name),
          deadLetters: inMemory.deadLetters().length,
          dropped: losses.total(name),
          settled: owed.count(),
        },
      ),
  };
}

type Peek = (limit: number, which: Required<PeekOptions>) => Promise<readonly OutboxItem[]>;

/** Looks into the file, and into memory for what comes after. */
function peekBoth(
  { name, store, owed, inFile }: ShelteredQueueOptions,
  inMemory: MemoryPart,
): Peek {
  const peekUnsettled = async (
    file: OutboxQueue,
    limit: number,
    which: Required<PeekOptions>,
  ): Promise<readonly OutboxItem[]> => {
    const found = await file.peek(limit, which);
    const items = await owed.sift(file, found);
    const after = found.at(-1)?.sequence;
    return items.length > 0 || after === undefined
      ? items
      : peekUnsettled(file, limit, { ...which, after });
  };

  const peekFile = async (
    limit: number,
    which: Required<PeekOptions>,
  ): Promise<readonly OutboxItem[]> => {
    const file = inFile();
    try {
      return file === undefined ? [] : await peekUnsettled(file, limit, which);
    } catch (error) {
      // What is in memory can be delivered, whatever the disk does.
      if (store.waiting(name).length > 0 && isDiskTrouble(error)) return [];
      throw error;
    }
  };

  return async (limit, which) => {
    const { after } = which;
    const filed = isFiled(after) ? await peekFile(limit, which) : [];
    if (store.waiting(name).length === 0 || filed.length >= limit) return filed;
    const last = filed.at(-1)?.sequence ?? after;
    const isAll = !isFiled(last) || (await peekFile(1, { ...which, after: last })).length === 0;
    return isAll ? inMemory.lend(filed, { ...which, limit }) : filed;
  };
}

interface MemoryStats {
  readonly waiting: readonly Sheltered[];
  readonly deadLetters: number;
  readonly dropped: number;
  /** Of what waits in the file. */
  readonly settled: number;
}

function sum(
  filed: QueueStats = { pending: 0, deadLetters: 0, dropped: 0 },
  { waiting, deadLetters, dropped, settled }: MemoryStats,
): QueueStats {
  const oldestMs = filed.oldestMs ?? waiting[0]?.item.appendedMs;
  return {
    pending: filed.pending - settled + waiting.length,
    deadLetters: filed.deadLetters + deadLetters,
    dropped: filed.dropped + dropped,
    ...(oldestMs !== undefined && { oldestMs }),
    ...(waiting.length > 0 && { sheltered: waiting.length }),
  };
}

function isFiled(sequence: number): boolean {
  return sequence < FIRST_SHELTERED;
}
