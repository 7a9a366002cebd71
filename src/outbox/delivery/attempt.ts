import { GatewayError } from "../../errors.ts";
import type { Sink, WriteResult } from "../../sinks/sink.ts";
import type { Batch } from "./next-batch.ts";

/** An attempt that came to nothing. */
export interface Failure {
  readonly error: GatewayError;
  /** The sink broke its contract, which says nothing about the receiver. */
  readonly isDefect: boolean;
}

/** Writes a batch. What a sink puts off as a whole has failed; what it rejects as a whole by an error has failed, too. */
export async function attempt(
  sink: Sink,
  { items, isReplay }: Batch,
  signal: AbortSignal,
): Promise<WriteResult | Failure> {
  try {
    const batch = items.map((item) => item.message);
    const result = await sink.write(batch, signal, { isReplay });
    const isPutOff = new Set(result.retry).size >= items.length;
    return isPutOff ? { error: putOff(sink), isDefect: false } : result;
  } catch (error) {
    // Whatever a sink calls being stopped, it is no answer.
    if (signal.aborted) throw error;
    return { error: asGatewayError(error, sink), isDefect: !(error instanceof GatewayError) };
  }
}

export function asGatewayError(error: unknown, { name }: Sink): GatewayError {
  if (error instanceof GatewayError) return error;
  // Also what a sink must not throw: a defect may pass, and is tried again, though not for ever.
  return new GatewayError("SINK_REJECTED", `${name} failed: ${error}`, {
    cause: error,
    retryable: true,
    hint: "Report this to the maker of the sink: it must throw a GatewayError.",
  });
}

/** What a sink says by `retry`, as an error. */
export function putOff({ name }: Sink): GatewayError {
  return new GatewayError("SINK_REJECTED", `${name} put messages off`, {
    retryable: true,
    hint: "Wait: the messages are kept and sent again.",
  });
}
