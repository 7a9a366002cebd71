import type { GatewayEvent } from "../core/gateway-event.ts";

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

/** Where events go: anomalies and sensor faults, told apart by `kind`. */
export interface Sink {
  /** Unique within a gateway, e.g. `http`; the outbox keeps a queue of this name, so it should outlast a change of address. */
  readonly name: string;
  /**
   * Called with the events in order, never again before the last call has settled. Resolving is the acknowledgement:
   * what the result does not name is safe downstream and is forgotten here.
   *
   * Rejects only with a `GatewayError`. A retryable one keeps the whole batch for later; any other one
   * rejects the whole batch. Events come at least once, so a repeated `id` and `revision` must do no harm.
   *
   * @param signal aborted when the gateway stops: give up at once, the batch is kept.
   */
  write(batch: readonly GatewayEvent[], signal: AbortSignal): Promise<WriteResult>;
  /** Called once, after the last `write` has settled; lets go of files and sockets. */
  close(): Promise<void>;
}
