import type { GatewayEvent } from "../core/gateway-event.ts";

/** An event in the outbox, with the number that acknowledges it. */
export interface OutboxItem {
  /** Rising in the order of appending; never used twice. */
  readonly sequence: number;
  readonly event: GatewayEvent;
}

/** What a queue holds. */
export interface QueueStats {
  /** Events waiting for delivery. */
  readonly pending: number;
  /** Events that were refused for good and are kept for people to look at. */
  readonly deadLetters: number;
}

/** One consumer's view of the outbox: its own order, its own acknowledgements. */
export interface OutboxQueue {
  /**
   * Resolves once the events are on the disk (after fsync): from then on they survive `kill -9` and a power cut. All
   * or nothing. An event whose `id` and `revision` are waiting already is not stored twice.
   *
   * @throws GatewayError `OUTBOX_FULL` when the limit would be passed, `OUTBOX_UNAVAILABLE` when the disk refuses.
   */
  append(events: readonly GatewayEvent[]): Promise<void>;
  /** The oldest `limit` events, left in place. A damaged record goes to the dead letters and is skipped. */
  peek(limit: number): Promise<readonly OutboxItem[]>;
  /** Forgets delivered events. */
  acknowledge(sequences: readonly number[]): Promise<void>;
  /** Moves events that the receiver refused for good to the dead letters, with the reason. */
  reject(sequences: readonly number[], reason: string): Promise<void>;
  stats(): QueueStats;
}

/** The durable queue before a sink: one file, any number of named queues. */
export interface Outbox {
  readonly path: string;
  /** The queue of that name, made when it is new; what it held before a restart is still there. */
  queue(name: string): OutboxQueue;
  /**
   * The newest message of every incident and sensor fault that was opened and not yet closed, so that a gateway goes
   * on with it after a restart instead of opening it anew.
   */
  unclosed(): Promise<readonly GatewayEvent[]>;
  /** Bytes on the disk, the write-ahead log included. */
  sizeBytes(): number;
  /** Writes out and closes the file. Queues must not be used afterwards. */
  close(): Promise<void>;
}
