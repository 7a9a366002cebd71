import type { MessageKind } from "./message-kind.ts";

/**
 * Why a message was given up: `full`: the outbox had reached its limit; `expired`: it had waited longer than it may; `memory`: the disk could not
 * be written and the process ended, or its memory for messages was full.
 */
export type LossReason = "full" | "expired" | "memory";

export interface LossCount {
  readonly kind: MessageKind;
  readonly reason: LossReason;
  readonly count: number;
}

/** What the outbox had to give up since it last said so; stored with the drop itself, so that no drop goes unreported. */
export interface LossReport {
  readonly kind: "losses";
  /** Names the report; the same when it is sent again. */
  readonly id: string;
  readonly revision: 0;
  /** The gateway whose messages were dropped. */
  readonly gateway: string;
  /** The queue, and so the sink, that they were for. */
  readonly queue: string;
  /** When the first and the last were dropped, in epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly counts: readonly LossCount[];
}
