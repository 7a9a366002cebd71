import type { GatewayMessage } from "../core/gateway-message.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { storeAndForward } from "../outbox/store-and-forward.ts";
import type { Sink } from "../sinks/sink.ts";
import type { SinkHealth } from "./health.ts";

/** The way out of a gateway: every sink behind the outbox. */
export interface Delivery {
  /**
   * Stores a message for every sink that takes its kind, without waiting, and a captured window for later reading as well; `refused` is told for each that
   * could not take it.
   */
  store(message: GatewayMessage, refused: () => void): void;
  /** Resolves once everything that was given to `store` is on the disk or refused. */
  settled(): Promise<void>;
  /** Stops delivering; what is stored stays. */
  close(): Promise<void>;
  health(): readonly SinkHealth[];
}

/** Puts each sink behind the outbox, and starts delivering what is still in it. */
export function createDelivery(sinks: readonly Sink[], outbox: Outbox | undefined): Delivery {
  const stores = outbox ? sinks.map((sink) => storeAndForward(sink, outbox)) : [];
  const never = new AbortController().signal;
  let pending: Promise<void> = Promise.resolve();
  let last: readonly SinkHealth[] | undefined; // once closed: the outbox may be closed, too
  const health = (): readonly SinkHealth[] =>
    last ?? stores.map((sink) => ({ name: sink.name, ...sink.stats() }));

  return {
    store(message, refused) {
      const writes = stores.map((sink) => sink.write([message], never).then(() => {}, refused));
      if (message.kind === "capture" && outbox) writes.push(outbox.keep([message]).catch(refused));
      pending = Promise.all([pending, ...writes]).then(() => {});
    },
    settled: () => pending,
    async close() {
      await Promise.all(stores.map((sink) => sink.close()));
      last = health();
    },
    health,
  };
}
