import type { OutboxItem } from "../outbox.ts";
import { laneOf } from "./held-items.ts";
import { type Stretch, type StretchReaderOptions, stretchReader } from "./stretch-reader.ts";

/** Which of the waiting messages go first. */
export type DeliveryOrder = "oldest-first" | "live-first";

export interface NextBatchOptions extends Omit<StretchReaderOptions, "isLate"> {
  readonly lingerMs: number;
  readonly order: DeliveryOrder;
  readonly replayAfterMs: number;
  /** The clock by which the outbox stamps what it stores, in epoch milliseconds. */
  readonly timeMs: () => number;
}

/** What goes together, all of it live or all of it late. */
export interface Batch {
  readonly items: readonly OutboxItem[];
  readonly isReplay: boolean;
}

/** Decides what is sent next. */
export interface NextBatch {
  /** At most `limit` items; or for how long there is nothing to send, `undefined` for until more is stored. */
  next(limit: number): Promise<Batch | { readonly waitMs: number | undefined }>;
  /** Whether its machine does not have to wait by now. */
  mayGo(item: OutboxItem): boolean;
  /** One behind this item, by which to see whether the receiver takes anything: of another machine if there is one. */
  behind(item: OutboxItem): Promise<Batch | undefined>;
  /** Says that the receiver is away: what is stored by now is backlog, in case that what is new goes first. */
  receiverIsAway(): void;
}

export function nextBatch(options: NextBatchOptions): NextBatch {
  const { queue, held, lingerMs, order, replayAfterMs, timeMs } = options;
  const ageMs = (item: OutboxItem): number => timeMs() - item.appendedMs;
  const isLate = (item: OutboxItem): boolean => ageMs(item) > replayAfterMs;
  const reader = stretchReader({ ...options, isLate });
  let backlogEnd = order === "live-first" ? queue.lastSequence() : 0;

  const stretches = (): readonly Stretch[] => {
    const all = { after: 0, upTo: Number.POSITIVE_INFINITY };
    if (backlogEnd === 0) return [all];
    // A sheltered message gets another number when the disk takes it.
    backlogEnd = Math.min(backlogEnd, queue.lastSequence());
    return [
      { ...all, after: backlogEnd },
      { ...all, upTo: backlogEnd },
    ];
  };

  /** How long this batch may still wait for more; `undefined` for none. */
  const lingerLeftMs = async (
    [oldest, ...others]: readonly OutboxItem[],
    limit: number,
  ): Promise<number | undefined> => {
    if (oldest === undefined) return undefined;
    // A clock that was set back must not hold anything up.
    const age = ageMs(oldest);
    if (age < 0 || age >= lingerMs || others.length + 1 >= limit) return 0;
    const { sequence } = others.at(-1) ?? oldest;
    const more = await queue.peek(1, { after: sequence });
    return more.length > 0 ? 0 : lingerMs - age;
  };

  const batchOf = (items: readonly OutboxItem[]): Batch => ({
    items,
    isReplay: items.some(isLate),
  });

  return {
    async next(limit) {
      reader.start();
      const waits = [held.waitMs()];
      for (const stretch of stretches()) {
        const items = await reader.collect(limit, stretch);
        const leftMs = await lingerLeftMs(items, limit);
        if (leftMs === 0) return batchOf(items);
        waits.push(leftMs);
      }
      const known = waits.filter((wait) => wait !== undefined);
      if (known.length > 0) return { waitMs: Math.min(...known) };
      backlogEnd = 0;
      return { waitMs: undefined };
    },
    mayGo: ({ message }) => !held.mustWait(message),
    async behind(item) {
      const { items } = await reader.page(item.sequence, options.batchLength);
      const free = items.filter(({ message }) => !held.mustWait(message));
      const lane = laneOf(item.message);
      const found = free.find(({ message }) => laneOf(message) !== lane) ?? free[0];
      return found && batchOf([found]);
    },
    receiverIsAway() {
      if (order === "live-first") backlogEnd = queue.lastSequence();
    },
  };
}
