import type { GatewayEvent } from "../core/gateway-event.ts";
import type { GatewayMessage } from "../core/gateway-message.ts";
import type { MessageKind } from "../core/message-kind.ts";
import type { GatewayError } from "../errors.ts";

/** A message in the outbox, with the number that acknowledges it. */
export interface OutboxItem {
  /** Rising in the order of appending; never used twice. */
  readonly sequence: number;
  /** When it was stored, in epoch milliseconds. */
  readonly appendedMs: number;
  /** Length of the message as it is stored (JSON in UTF-8). */
  readonly bytes: number;
  readonly message: GatewayMessage;
}

/** A message that was refused for good. */
export interface DeadLetter {
  readonly sequence: number;
  /** When, in epoch milliseconds. */
  readonly rejectedMs: number;
  readonly reason: string;
  /** Absent where it cannot be read any more. */
  readonly message?: GatewayMessage;
}

/** What a queue holds. */
export interface QueueStats {
  /** Messages waiting for delivery. */
  readonly pending: number;
  /** Messages that were refused for good and are kept for people to look at. */
  readonly deadLetters: number;
  /** When the oldest of the waiting ones was stored, in epoch milliseconds; absent when none waits. */
  readonly oldestMs?: number;
  /** Messages that had to give way or waited too long, since the file was made. */
  readonly dropped: number;
  /** Of the waiting ones, those that are in memory only, because the disk refuses them; absent when there are none. */
  readonly sheltered?: number;
}

/** Which of the waiting messages. */
export interface PeekOptions {
  /** Only what was stored after this number. */
  readonly after?: number;
  /**
   * Stop before this many bytes of messages, but after one message at least.
   * @defaultValue no limit
   */
  readonly maxBytes?: number;
}

/** One consumer's view of the outbox: its own order, its own acknowledgements. */
export interface OutboxQueue {
  /**
   * Resolves once the messages are on the disk (after fsync): from then on they survive `kill -9` and a power cut. All
   * or nothing. A message whose `id` and `revision` are waiting already is not stored twice.
   *
   * @throws GatewayError `OUTBOX_FULL` when the limit would be passed and nothing of less worth can give way, `OUTBOX_UNAVAILABLE` when the disk refuses.
   */
  append(messages: readonly GatewayMessage[]): Promise<void>;
  /** The oldest `limit` messages, left in place. A damaged record goes to the dead letters and is skipped. */
  peek(limit: number, options?: PeekOptions): Promise<readonly OutboxItem[]>;
  /** The number of the newest waiting message; 0 when none waits. */
  lastSequence(): number;
  /** Forgets delivered messages. */
  acknowledge(sequences: readonly number[]): Promise<void>;
  /** Moves messages that the receiver refused for good to the dead letters, with the reason. */
  reject(sequences: readonly number[], reason: string): Promise<void>;
  /** The newest `limit` messages that were refused for good, the newest first. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
  /** Puts dead letters back into the queue; returns how many there were. Those that cannot be read stay. */
  resend(sequences: readonly number[]): Promise<number>;
  stats(): QueueStats;
}

/** The durable queue before a sink: one file, any number of named queues. */
export interface Outbox {
  readonly path: string;
  /** The queue of that name, made when it is new; what it held before a restart is still there. */
  queue(name: string): OutboxQueue;
  /**
   * The newest message of every incident, sensor fault and drift that was opened and not yet closed, so that a gateway goes
   * on with it after a restart instead of opening it anew.
   */
  unclosed(): Promise<readonly GatewayEvent[]>;
  /**
   * Stores messages for later reading, whoever they are delivered to: captures and labels, the ground truth of the next model. They give way as
   * waiting ones of their kind do.
   *
   * @throws GatewayError as `append`
   */
  keep(messages: readonly GatewayMessage[]): Promise<void>;
  /** Reads what was kept of a kind, oldest first; in pieces, with the `sequence` of the last one as `after`. */
  kept(kind: MessageKind, options?: KeptOptions): Promise<readonly OutboxItem[]>;
  /** Whether what is appended is safe; never throws. */
  status(): OutboxStatus;
  /** Bytes on the disk, the write-ahead log included. */
  sizeBytes(): number;
  /** Writes out and closes the file. Queues must not be used afterwards. */
  close(): Promise<void>;
}

/** Whether what is appended is safe. */
export interface OutboxStatus {
  /** `memory`: the disk refuses, and what is appended is lost when the process ends. */
  readonly state: "durable" | "memory";
  /** Since when, in epoch milliseconds; in `memory` only. */
  readonly sinceMs?: number;
  /** Why; in `memory` only. */
  readonly error?: GatewayError;
  /** Messages that are in memory only, those that are kept for reading included; in `memory` only. */
  readonly sheltered?: number;
  /** Files that were set aside since this outbox was opened, the oldest first; absent when there are none. */
  readonly setAside?: readonly SetAsideFile[];
}

/** A file that was no outbox, or no longer: somebody has to look at it, and may delete it. */
export interface SetAsideFile {
  /** Where it is now. */
  readonly path: string;
  /** `damaged`: what could be read of it goes on in a new file. `foreign`: it was something else. */
  readonly reason: "damaged" | "foreign";
  /** When, in epoch milliseconds. */
  readonly atMs: number;
}

export interface KeptOptions {
  /** Only what was stored after this number. */
  readonly after?: number;
  /**
   * At most so many.
   * @defaultValue 1000
   */
  readonly limit?: number;
}
