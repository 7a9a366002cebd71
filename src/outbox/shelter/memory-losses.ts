import type { LossReport } from "../../core/loss-report.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import type { MemoryLoss, Shelf } from "./memory-store.ts";

/** Counts what had to give way in memory, until it is reported. */
export interface MemoryLosses {
  count(loss: MemoryLoss): void;
  /** Hands over what was not reported yet; counted on when it cannot be stored. */
  report(queue: string, store: (report: LossReport) => Promise<void>): Promise<void>;
  /** The queues that have something to report. */
  unreported(): readonly string[];
  /** All that was lost of a queue, reported or not. */
  total(shelf: Shelf): number;
}

interface Tally {
  readonly gateway: string;
  readonly startMs: number;
  endMs: number;
  readonly counts: Map<MessageKind, number>;
}

export function memoryLosses(): MemoryLosses {
  const tallies = new Map<string, Tally>();
  const totals = new Map<Shelf, number>();

  return {
    count({ shelf, kind, gateway }) {
      totals.set(shelf, (totals.get(shelf) ?? 0) + 1);
      // Nobody waits for a report on what is kept for reading only.
      if (shelf === undefined) return;
      const now = Date.now();
      const tally = tallies.get(shelf) ?? { gateway, startMs: now, endMs: now, counts: new Map() };
      tally.endMs = now;
      add(tally.counts, kind, 1);
      tallies.set(shelf, tally);
    },
    async report(queue, store) {
      const tally = tallies.get(queue);
      if (tally === undefined) return;
      tallies.delete(queue);
      try {
        await store(reportOf(queue, tally));
      } catch (error) {
        const since = tallies.get(queue)?.counts ?? [];
        for (const [kind, count] of since) add(tally.counts, kind, count);
        tallies.set(queue, tally);
        throw error;
      }
    },
    unreported: () => [...tallies.keys()],
    total: (shelf) => totals.get(shelf) ?? 0,
  };
}

function add(counts: Map<MessageKind, number>, kind: MessageKind, count: number): void {
  counts.set(kind, (counts.get(kind) ?? 0) + count);
}

function reportOf(queue: string, { gateway, startMs, endMs, counts }: Tally): LossReport {
  return {
    kind: "losses",
    id: `${gateway}/${queue}/losses/memory/${startMs}`,
    revision: 0,
    ...{ gateway, queue, startMs, endMs },
    counts: [...counts].map(([kind, count]) => ({ kind, reason: "memory", count })),
  };
}
