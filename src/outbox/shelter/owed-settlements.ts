import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { OutboxItem, OutboxQueue } from "../outbox.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { messageKey } from "./memory-store.ts";

/** What is settled and what the file does not know yet, because the disk refuses it; after a restart it is handed out again. */
export interface OwedSettlements {
  /** Acknowledges in the file, or rejects for a reason; remembers it where the disk refuses. */
  settle(
    file: OutboxQueue | undefined,
    sequences: readonly number[],
    reason?: string,
  ): Promise<void>;
  /** Settles a message whose number in the file nobody knows yet, as soon as it comes up. */
  settleLater(message: GatewayMessage, reason?: string): void;
  /** What is not settled yet. */
  sift(file: OutboxQueue, items: readonly OutboxItem[]): Promise<readonly OutboxItem[]>;
  /** Tells the file; throws while the disk still refuses. */
  pay(file: OutboxQueue | undefined): Promise<void>;
  count(): number;
}

export function owedSettlements(): OwedSettlements {
  const bySequence = new Map<number, string | undefined>();
  const byMessage = new Map<string, string | undefined>();

  const write = async (
    file: OutboxQueue,
    sequences: readonly number[],
    reason: string | undefined,
  ): Promise<void> => {
    if (reason === undefined) await file.acknowledge(sequences);
    else await file.reject(sequences, reason);
  };

  const settle: OwedSettlements["settle"] = async (file, sequences, reason) => {
    try {
      if (file !== undefined) await write(file, sequences, reason);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      for (const sequence of sequences) bySequence.set(sequence, reason);
    }
  };

  return {
    settle,
    settleLater: (message, reason) => void byMessage.set(messageKey(message), reason),
    async sift(file, items) {
      if (bySequence.size + byMessage.size === 0) return items;
      const settled = new Set<number>();
      for (const { sequence, message } of items) {
        const key = messageKey(message);
        if (!byMessage.has(key)) continue;
        await settle(file, [sequence], byMessage.get(key));
        byMessage.delete(key);
        settled.add(sequence);
      }
      return items.filter(({ sequence }) => !bySequence.has(sequence) && !settled.has(sequence));
    },
    async pay(file) {
      if (file === undefined) return;
      for (const [sequence, reason] of bySequence) {
        await write(file, [sequence], reason);
        bySequence.delete(sequence);
      }
    },
    count: () => bySequence.size,
  };
}
