import { GatewayError } from "../../errors.ts";
import { fullJitterMs } from "../../math/full-jitter.ts";

export interface BackOffOptions {
  /**
   * Upper bound of the first wait; it doubles with each failure in a row.
   * @defaultValue 1000
   */
  readonly retryFirstMs?: number;
  /**
   * Upper bound of every wait, unless the receiver asked for more.
   * @defaultValue 60_000
   */
  readonly retryMaxMs?: number;
  /**
   * From 0 to below 1; spreads the waits.
   * @defaultValue `Math.random`
   */
  readonly random?: () => number;
}

/** How long to wait between attempts. */
export interface BackOff {
  /** Counts a failure and returns the wait after it. */
  nextMs(error: GatewayError): number;
  /** Begins anew, after a success. */
  reset(): void;
}

/** A receiver may not send the pump to sleep for longer: its clock, or ours, may be wrong. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Creates an exponential back-off with full jitter: between 0 and a bound that doubles.
 *
 * A sink that was told when to come back says so by a number `retryAfterMs` on the `cause` of its error; the wait is
 * then that long, up to an hour, plus the jitter.
 */
export function backOff(options: BackOffOptions = {}): BackOff {
  const { retryFirstMs = 1000, retryMaxMs = 60_000, random = Math.random } = options;
  if (!(retryFirstMs > 0 && retryMaxMs >= retryFirstMs && Number.isFinite(retryMaxMs))) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `back-off: expected 0 < retryFirstMs <= retryMaxMs, got ${retryFirstMs} and ${retryMaxMs}`,
    );
  }
  let failures = 0;
  return {
    nextMs(error) {
      const wait = fullJitterMs(failures, retryFirstMs, retryMaxMs, random);
      failures += 1;
      return retryAfterMs(error) + wait;
    },
    reset() {
      failures = 0;
    },
  };
}

/** Whether the receiver said when to come back. */
export function asksToWait(error: GatewayError): boolean {
  return retryAfterMs(error) > 0;
}

function retryAfterMs({ cause }: GatewayError): number {
  if (typeof cause !== "object" || cause === null || !("retryAfterMs" in cause)) return 0;
  const wait = Number(cause.retryAfterMs);
  return wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : 0;
}
