/** Spreads what is sent over time, so that the link stays free for others. */
export interface Bandwidth {
  /** How long to wait before more may be sent. */
  waitMs(): number;
  /** Says that so many bytes go out now. */
  spend(bytes: number): void;
}

/**
 * Creates a limit by debt: what is sent is paid off at `bytesPerS`, and nothing is sent before that is done. So a message
 * may be larger than what is allowed in a second, and idle time is not saved up for a burst.
 *
 * @param bytesPerS `Infinity` for no limit
 * @param nowMs a clock that is never set
 */
export function bandwidth(bytesPerS: number, nowMs: () => number): Bandwidth {
  let freeMs = Number.NEGATIVE_INFINITY;
  return {
    waitMs: () => Math.max(0, freeMs - nowMs()),
    spend(bytes) {
      freeMs = Math.max(freeMs, nowMs()) + (bytes / bytesPerS) * 1000;
    },
  };
}
