import type { MessageKind } from "../../core/message-kind.ts";
import type { OutboxItem, OutboxQueue } from "../outbox.ts";
import type { HeldItems } from "./held-items.ts";

export interface StretchReaderOptions {
  readonly queue: OutboxQueue;
  readonly held: HeldItems;
  /** What the sink takes; the rest is forgotten. */
  readonly kinds: readonly MessageKind[];
  readonly batchLength: number;
  readonly batchBytes: number;
  readonly isLate: (item: OutboxItem) => boolean;
}

/** A part of the queue, in order. */
export interface Stretch {
  readonly after: number;
  readonly upTo: number;
}

/** Reads from a queue what may go together, past what has to wait. */
export interface StretchReader {
  /** Looks anew at what had to wait; between two calls nothing is let go, so that nothing overtakes within its machine. */
  start(): void;
  /** At most `limit` items that may go in one batch, the oldest that may go at all. */
  collect(limit: number, stretch: Stretch): Promise<readonly OutboxItem[]>;
  /** At most `count` of what comes after; `end` is where to look next, absent at the end of the queue. */
  page(after: number, count: number): Promise<Page>;
}

interface Page {
  readonly items: readonly OutboxItem[];
  readonly end: number | undefined;
}

type FullPage = Page & { readonly end: number };

export function stretchReader(options: StretchReaderOptions): StretchReader {
  const { queue, held, kinds, batchLength, batchBytes, isLate } = options;
  let blockedTo = 0; // up to here everything has to wait

  const page = async (after: number, count: number): Promise<Page> => {
    const found = await queue.peek(count, { after, maxBytes: batchBytes });
    const unwanted = found.filter(({ message }) => !kinds.includes(message.kind));
    if (unwanted.length > 0) await queue.acknowledge(unwanted.map(({ sequence }) => sequence));
    const items = found.filter((item) => !unwanted.includes(item));
    return { items, end: found.at(-1)?.sequence };
  };

  /** The beginning that may go in one batch. */
  const together = (items: readonly OutboxItem[]): readonly OutboxItem[] => {
    const [first] = items;
    const end = items.findIndex(
      (item) =>
        item !== first &&
        first !== undefined &&
        (held.isAlone(first.sequence) ||
          held.isAlone(item.sequence) ||
          isLate(item) !== isLate(first)),
    );
    return items.slice(0, end === -1 ? items.length : end);
  };

  /** What had to give way. */
  const forgetGone = (items: readonly OutboxItem[]): void => {
    if (items.length === 0) return;
    // Not by the first one: a report of losses goes before all that is older.
    held.forgetBefore(Math.min(...items.map(({ sequence }) => sequence)));
  };

  async function* pages(limit: number, { after, upTo }: Stretch): AsyncGenerator<FullPage> {
    // Two at least: the first may be a report of losses, which says nothing about where the others are.
    let count = Math.max(2, limit);
    for (let next = after; next < upTo; count = batchLength) {
      const { items, end } = await page(next, count);
      if (next === 0) forgetGone(items);
      if (end === undefined) return;
      yield { items, end };
      next = end;
    }
  }

  return {
    page,
    start() {
      const isOpen = held.release() || held.waitMs() === undefined;
      blockedTo = isOpen ? 0 : Math.min(blockedTo, queue.lastSequence());
    },
    async collect(limit, { after, upTo }) {
      for await (const { items, end } of pages(limit, { after: after || blockedTo, upTo })) {
        const free = items.filter((item) => item.sequence <= upTo && !held.mustWait(item.message));
        if (free.length > 0) return together(free.slice(0, limit));
        if (after === 0) blockedTo = Math.min(end, upTo);
      }
      return [];
    },
  };
}
