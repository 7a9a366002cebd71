import { setImmediate } from "node:timers/promises";
import type { OutboxItem, OutboxQueue, PeekOptions } from "../outbox.ts";
import { bodyBytes, decodeRow, itemOf, type WaitingRow } from "./message-row.ts";
import type { QueueStore } from "./queue-store.ts";

/** Reads what waits in a queue. */
export interface QueueReader {
  peek(queue: number, ...which: Parameters<OutboxQueue["peek"]>): ReturnType<OutboxQueue["peek"]>;
  reject(queue: number, refused: readonly Refused[]): Promise<void>;
}

/** What goes to the dead letters. */
export interface Refused {
  readonly sequence: number;
  readonly reason: string;
}

/** Decoded at once; some 3 ms of the event loop. */
const SLICE_BYTES = 128 * 1024;

/** @param run makes a step on the database one job of a group commit */
export function queueReader(
  queues: QueueStore,
  run: <T>(work: () => T) => Promise<T>,
  expire: () => void,
): QueueReader {
  const reject = (queue: number, refused: readonly Refused[]): Promise<void> =>
    run(() => {
      for (const { sequence, reason } of refused) queues.reject(queue, sequence, reason);
    });
  const peek = async (
    queue: number,
    limit: number,
    options?: PeekOptions,
  ): Promise<readonly OutboxItem[]> => {
    const rows = await run(() => {
      expire();
      return queues.oldest(queue, limit, options);
    });
    const { items, damaged } = await decodeRows(rows);
    if (damaged.length === 0) return items;
    await reject(queue, damaged);
    return peek(queue, limit, options); // what was damaged is out of the way now, so this ends
  };
  return { peek, reject };
}

/** Decodes rows slice by slice, and lets the event loop have a turn between two: a full batch would keep readings and scores waiting. */
async function decodeRows(rows: readonly WaitingRow[]): Promise<{
  readonly items: readonly OutboxItem[];
  readonly damaged: readonly Refused[];
}> {
  const items: OutboxItem[] = [];
  const damaged: Refused[] = [];
  let slice = 0;
  for (const row of rows) {
    if (slice > 0 && slice + bodyBytes(row) > SLICE_BYTES) {
      await setImmediate();
      slice = 0;
    }
    slice += bodyBytes(row);
    const sequence = Number(row.sequence);
    const message = decodeRow(row);
    if (typeof message === "string") damaged.push({ sequence, reason: message });
    else items.push(itemOf(sequence, row, message));
  }
  return { items, damaged };
}
