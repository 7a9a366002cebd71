import type { Sink } from "../../sinks/sink.ts";
import type { OutboxItem } from "../outbox.ts";
import { asGatewayError, attempt, type Failure } from "./attempt.ts";
import { asksToWait, type BackOff } from "./back-off.ts";
import type { Bandwidth } from "./bandwidth.ts";
import { bytesOf, type DeliveryLedger } from "./delivery-ledger.ts";
import { doorbell, sleep } from "./doorbell.ts";
import type { HeldItems } from "./held-items.ts";
import type { Batch, NextBatch } from "./next-batch.ts";

export interface PumpOptions {
  readonly sink: Sink;
  readonly nextBatch: NextBatch;
  readonly ledger: DeliveryLedger;
  readonly held: HeldItems;
  readonly retries: BackOff;
  readonly pace: Bandwidth;
  readonly batchLength: number;
}

/** Hands a queue on to a sink, from the moment it is made. */
export interface Pump {
  /** Says that there is something new in the queue. */
  ring(): void;
  /** Aborts the running write and resolves once it has settled. */
  stop(): Promise<void>;
}

export function startPump(options: PumpOptions): Pump {
  const { sink, nextBatch, ledger, retries, pace } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = doorbell();
  const delivery = { ...options, signal, length: batchLengths(options.batchLength) };

  const round = async (): Promise<void> => {
    const paceMs = pace.waitMs();
    if (paceMs > 0) return sleep(paceMs, signal);
    const next = await nextBatch.next(delivery.length.now());
    if (signal.aborted) return;
    if ("items" in next) await deliver(delivery, next);
    else await bell.wait(next.waitMs);
  };

  const pump = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await round();
      } catch (thrown) {
        if (signal.aborted) return;
        const error = asGatewayError(thrown, sink);
        ledger.failed(0, error);
        await sleep(retries.nextMs(error), signal);
      }
    }
  };

  const pumping = pump();
  return {
    ring: bell.ring,
    stop() {
      stopping.abort();
      bell.ring();
      return pumping;
    },
  };
}

interface Delivering extends PumpOptions {
  readonly signal: AbortSignal;
  readonly length: BatchLengths;
}

/** Writes a batch and enters what became of it; throws when the receiver is away. */
async function deliver(to: Delivering, batch: Batch): Promise<void> {
  const { items } = batch;
  const failure = await tryOnce(to, batch);
  if (failure === undefined) return;
  const { error } = failure;
  if (!error.retryable) return deliverOneByOne(to, batch);
  to.ledger.failed(items.length, error);
  const [item] = items;
  const fault = items.length === 1 && item ? await faultOf(to, item, failure) : "receiver";
  if (item && fault !== "receiver") return to.ledger.setAside(item, error, fault === "item");
  to.length.shrink(items.length);
  to.nextBatch.receiverIsAway();
  throw error;
}

/** So that a poisoned message goes to the dead letters alone. */
async function deliverOneByOne(to: Delivering, { items, isReplay }: Batch): Promise<void> {
  for (const item of items) {
    if (to.signal.aborted) return;
    if (to.nextBatch.mayGo(item)) await deliver(to, { items: [item], isReplay });
  }
}

/** So many failures of a message alone before another one is tried, which is out of order. */
const SUSPICIOUS = 3;

/** Tells a message that cannot be delivered from a receiver that takes nothing; nobody knows where there is no other message. */
async function faultOf(
  to: Delivering,
  item: OutboxItem,
  { error, isDefect }: Failure,
): Promise<"item" | "receiver" | "unknown"> {
  if (isDefect) return "item";
  // A receiver that names a time speaks of itself.
  if (asksToWait(error)) return "receiver";
  const suspicion = to.held.suspect(item.sequence, to.ledger.stats().delivered);
  if (suspicion.failures < SUSPICIOUS) return "receiver";
  if (suspicion.othersPassed) return "item";
  const other = await to.nextBatch.behind(item);
  if (other === undefined) return "unknown";
  const passes = !to.signal.aborted && (await tryOnce(to, other)) === undefined;
  return passes ? "item" : "receiver";
}

/** Returns the failure that leaves the batch where it is. */
async function tryOnce(to: Delivering, batch: Batch): Promise<Failure | undefined> {
  const { items } = batch;
  to.pace.spend(bytesOf(items));
  const outcome = await attempt(to.sink, batch, to.signal);
  if (!("error" in outcome)) await to.ledger.settle(items, outcome);
  else if (outcome.error.retryable || items.length > 1) return outcome;
  else await to.ledger.refuse(items, outcome.error);
  to.retries.reset();
  to.length.grow();
  return undefined;
}

/**
 * Halved with each failure, doubled with each success: small batches find out which message is to blame, and spare a receiver that
 * is just coming back.
 */
interface BatchLengths {
  now(): number;
  shrink(tried: number): void;
  grow(): void;
}

function batchLengths(longest: number): BatchLengths {
  let length = longest;
  return {
    now: () => length,
    shrink(tried) {
      length = Math.ceil(tried / 2);
    },
    grow() {
      length = Math.min(longest, length * 2);
    },
  };
}
