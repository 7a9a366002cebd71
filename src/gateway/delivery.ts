import { setImmediate } from "node:timers/promises";
import type { GatewayMessage } from "../core/gateway-message.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { storeAndForward } from "../outbox/store-and-forward.ts";
import type { Sink } from "../sinks/sink.ts";
import type { SinkHealth } from "./health.ts";

/** The way out of a gateway: every sink behind the outbox. */
export interface Delivery {
  /**
   * Stores a message for every sink that takes its kind, without waiting, and a captured window for later reading as well; `refused` is told for each that
   * could not take it. It begins in the next turn of the event loop: other machines' scores do not wait until an event with its readings is encoded.
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
  let turn: Promise<void> | undefined;
  let last: readonly SinkHealth[] | undefined; // once closed: the outbox may be closed, too
  const health = (): readonly SinkHealth[] =>
    last ?? stores.map((sink) => ({ name: sink.name, ...sink.stats() }));

  const nextTurn = (): Promise<void> => {
    turn ??= setImmediate().then(() => {
      turn = undefined;
    });
    return turn;
  };
  const storeNow = async (message: GatewayMessage, refused: () => void): Promise<void> => {
    const writes = stores.map((sink) => sink.write([message], never).then(() => {}, refused));
    if (message.kind === "capture" && outbox) writes.push(outbox.keep([message]).catch(refused));
    await Promise.all(writes);
  };

  return {
    store(message, refused) {
      const stored = nextTurn().then(() => storeNow(message, refused));
      pending = Promise.all([pending, stored]).then(() => {});
    },
    settled: () => pending,
    async close() {
      await Promise.all(stores.map((sink) => sink.close()));
      last = health();
    },
    health,
  };
}
