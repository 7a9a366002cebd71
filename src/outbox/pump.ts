import { GatewayError } from "../errors.ts";
import type { Sink, WriteResult } from "../sinks/sink.ts";
import type { BackOff } from "./back-off.ts";
import type { OutboxItem, OutboxQueue } from "./outbox.ts";

export interface PumpOptions {
  readonly sink: Sink;
  readonly queue: OutboxQueue;
  readonly retries: BackOff;
  readonly batchLength: number;
}

/** Hands a queue on to a sink, from the moment it is made. */
export interface Pump {
  /** Says that there is something new in the queue. */
  ring(): void;
  /** Aborts the running write and resolves once it has settled. */
  stop(): Promise<void>;
  /** Events that the sink accepted so far. */
  delivered(): number;
  /** Why the newest attempt failed; `undefined` once an event was accepted. */
  lastError(): GatewayError | undefined;
}

export function startPump({ sink, queue, retries, batchLength }: PumpOptions): Pump {
  const stopping = new AbortController();
  const bell = doorbell();
  let delivered = 0;
  let lastError: GatewayError | undefined;

  const pump = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await forwardNext();
      } catch (error) {
        if (stopping.signal.aborted) return;
        lastError = asGatewayError(error, sink);
        await sleep(retries.nextMs(lastError), stopping.signal);
      }
    }
  };

  const forwardNext = async (): Promise<void> => {
    const items = await queue.peek(batchLength);
    if (stopping.signal.aborted) return;
    if (items.length > 0) await forward(items);
    else await bell.wait();
  };

  const forward = async (items: readonly OutboxItem[]): Promise<void> => {
    const result = await attempt(items);
    if (!(result instanceof GatewayError)) return settle(items, result);
    if (items.length === 1) {
      lastError = result;
      return settle(items, { rejected: [{ index: 0, reason: result.message }], retry: [] });
    }
    for (const item of items) {
      if (!stopping.signal.aborted) await forward([item]);
    }
  };

  /** Returns the error that refuses the batch; throws the one that puts it off. */
  const attempt = async (items: readonly OutboxItem[]): Promise<WriteResult | GatewayError> => {
    const batch = items.map((item) => item.message);
    try {
      return await sink.write(batch, stopping.signal);
    } catch (error) {
      if (isRefusal(error) && !stopping.signal.aborted) return error;
      throw error;
    }
  };

  const settle = async (items: readonly OutboxItem[], result: WriteResult): Promise<void> => {
    const kept = new Set(result.retry);
    const reasons = new Map(result.rejected.map(({ index, reason }) => [index, reason]));
    const accepted = items.filter((_, index) => !kept.has(index) && !reasons.has(index));
    await queue.acknowledge(accepted.map((item) => item.sequence));
    delivered += accepted.length;
    for (const [index, reason] of reasons) {
      const item = items[index];
      if (item !== undefined && !kept.has(index)) await queue.reject([item.sequence], reason);
    }
    if (kept.size < items.length) retries.reset();
    if (accepted.length > 0) lastError = undefined;
    if (kept.size > 0) throw putOff(sink, kept.size, items.length);
  };

  const pumping = pump();
  return {
    ring: bell.ring,
    stop() {
      stopping.abort();
      bell.ring();
      return pumping;
    },
    delivered: () => delivered,
    lastError: () => lastError,
  };
}

/** Wakes one sleeper; a ring while nobody sleeps is kept for the next one, so none is lost. */
function doorbell(): { ring(): void; wait(): Promise<void> } {
  let rung = false;
  let wake = (): void => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait() {
      if (!rung) await new Promise<void>((resolve) => (wake = resolve));
      rung = false;
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
  });
}

function isRefusal(error: unknown): error is GatewayError {
  return error instanceof GatewayError && !error.retryable;
}

function asGatewayError(error: unknown, { name }: Sink): GatewayError {
  if (error instanceof GatewayError) return error;
  // Also what a sink must not throw: a defect is no reason to lose an event.
  return new GatewayError("SINK_REJECTED", `${name} failed: ${error}`, {
    cause: error,
    retryable: true,
    hint: "Report this to the maker of the sink: it must throw a GatewayError.",
  });
}

function putOff({ name }: Sink, kept: number, length: number): GatewayError {
  return new GatewayError("SINK_REJECTED", `${name} put off ${kept} of ${length} events`, {
    retryable: true,
    hint: "Wait: the events are kept and sent again.",
  });
}
