import type { GatewayEvent } from "../../core/gateway-event.ts";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { OutboxItem, OutboxQueue } from "../outbox.ts";
import { appendMessages } from "./append-messages.ts";
import type { GroupCommit } from "./group-commit.ts";
import { encode } from "./message-row.ts";
import type { OutboxParts } from "./outbox-parts.ts";
import { queueReader } from "./queue-reader.ts";

export interface OutboxStepsOptions {
  readonly commits: GroupCommit;
  readonly parts: OutboxParts;
  readonly maxAgeMs: number;
}

/** A message that was stored before. */
export type StoredMessage = Pick<OutboxItem, "appendedMs" | "message">;

/** What can be asked of an outbox, each as one job of a group commit. */
export interface OutboxSteps {
  append(queue: number, batch: readonly GatewayMessage[]): Promise<void>;
  /** Takes what has been stored elsewhere, as old as it is. */
  takeOver(queue: number, batch: readonly StoredMessage[]): Promise<void>;
  /** Minds which incidents are open now that these events came, which nobody has to deliver any more. */
  follow(events: readonly GatewayEvent[]): Promise<void>;
  queue(queue: number): Omit<OutboxQueue, "lastSequence" | "stats">;
}

export function outboxSteps({ commits, parts, maxAgeMs }: OutboxStepsOptions): OutboxSteps {
  const { messages, queues, ledger, sacrifice, room } = parts;
  const store = appendMessages(parts);
  const run = <T>(work: () => T, frees: boolean): Promise<T> =>
    commits.run({ work, bytes: 0, frees });
  const expire = (): void => {
    if (Number.isFinite(maxAgeMs)) sacrifice.expire(Date.now() - maxAgeMs);
  };
  const reader = queueReader(queues, (work) => run(work, true), expire);

  const takeOver = async (queue: number, batch: readonly StoredMessage[]): Promise<void> => {
    if (batch.length === 0) return;
    const encoded = batch.map(({ message, appendedMs }) => ({ ...encode(message), appendedMs }));
    const work = (): void => {
      expire();
      store(queue, encoded);
    };
    const bytes = encoded.reduce((sum, message) => sum + message.bytes, 0);
    await commits.run({ work, bytes, frees: false });
  };

  const append = (queue: number, batch: readonly GatewayMessage[]): Promise<void> => {
    const appendedMs = Date.now();
    return takeOver(
      queue,
      batch.map((message) => ({ message, appendedMs })),
    );
  };

  const follow = (events: readonly GatewayEvent[]): void => {
    const encoded = events.map((event) => encode(event));
    room.require(encoded.reduce((sum, { bytes }) => sum + bytes, 0));
    for (const event of encoded) {
      const number = messages.add(event, Date.now());
      messages.follow(event, number);
      messages.release([number]);
    }
  };

  /** Something got through, so that what did not can be told next. */
  const report = (queue: number): void => {
    if (queues.hasFirst(queue)) return;
    const losses = ledger.takeReport(queue);
    if (losses === undefined) return;
    const number = messages.add(encode(losses), Date.now());
    const sequence = queues.add(queue, number);
    if (sequence !== undefined) queues.putFirst(queue, sequence);
  };

  const acknowledge = (queue: number, sequences: readonly number[]): void => {
    if (queues.acknowledge(queue, sequences) > 0) report(queue);
  };

  return {
    append,
    takeOver,
    follow: (events) => run(() => follow(events), false),
    queue: (queue) => ({
      append: (batch) => append(queue, batch),
      peek: (limit, options) => reader.peek(queue, limit, options),
      acknowledge: (sequences) => run(() => acknowledge(queue, sequences), true),
      reject: (sequences, reason) =>
        reader.reject(
          queue,
          sequences.map((sequence) => ({ sequence, reason })),
        ),
      deadLetters: (limit) => run(() => queues.deadLetters(queue, limit), false),
      resend: (sequences) =>
        run(() => sequences.filter((sequence) => queues.resend(queue, sequence)).length, false),
    }),
  };
}
