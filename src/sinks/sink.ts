import type { GatewayMessage } from "../core/gateway-message.ts";
import type { MessageKind } from "../core/message-kind.ts";

/** An item that the receiver refused for good. */
export interface Rejection {
  /** Place in the batch. */
  readonly index: number;
  readonly reason: string;
}

/** What became of a batch; every item that is not named here is safe downstream. */
export interface WriteResult {
  /** Never send these again: they are refused, not delayed. */
  readonly rejected: readonly Rejection[];
  /** Places in the batch that should be sent again later. */
  readonly retry: readonly number[];
}

/** The usual answer: the whole batch is safe downstream. */
export const ALL_ACCEPTED: WriteResult = Object.freeze({ rejected: [], retry: [] });

/** How a batch comes. */
export interface Delivery {
  /** The whole batch is late: it has waited in the outbox for longer than a live message does. */
  readonly isReplay: boolean;
}

/** What a sink takes that does not say so: what happens to the machines. */
export const EVENT_KINDS: readonly MessageKind[] = ["anomaly", "sensor-fault", "drift"];

/** What a sink takes that feeds a cloud: everything. */
export const ALL_KINDS: readonly MessageKind[] = [
  ...EVENT_KINDS,
  "label",
  "capture",
  "score-summary",
  "losses",
];

/** Where messages go: events, and where the sink takes them, captures, summaries, labels and reports of losses, told apart by `kind`. */
export interface Sink {
  /** Unique within a gateway, e.g. `http`; the outbox keeps a queue of this name, so it should outlast a change of address. */
  readonly name: string;
  /**
   * What it takes; it never gets anything else.
   * @defaultValue {@link EVENT_KINDS}
   */
  readonly kinds?: readonly MessageKind[];
  /**
   * Called with the messages in order, never again before the last call has settled. Resolving is the acknowledgement:
   * what the result does not name is safe downstream and is forgotten here.
   *
   * Rejects only with a `GatewayError`. A retryable one keeps the whole batch for later; any other one
   * rejects the whole batch. Messages come at least once, so a repeated `id` and `revision` must do no harm.
   *
   * @param signal aborted when the gateway stops: give up at once, the batch is kept.
   * @param delivery absent where nobody knows: as if live
   */
  write(
    batch: readonly GatewayMessage[],
    signal: AbortSignal,
    delivery?: Delivery,
  ): Promise<WriteResult>;
  /** Called once, after the last `write` has settled; lets go of files and sockets. */
  close(): Promise<void>;
}
