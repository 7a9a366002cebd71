/** How a source behaves while its device is away. */
export interface ReconnectOptions {
  /**
   * Longest wait before the first new attempt; doubled for each further one. The wait itself is drawn between 0
   * and this ("full jitter"), so that a hundred gateways do not come back in the same second.
   * @defaultValue 1000
   */
  readonly retryFirstMs?: number;
  /**
   * The doubling ends here. What a device refuses for good, such as a password, is tried again after five to ten times this: many
   * servers lock an account that knocks too often.
   * @defaultValue 60000
   */
  readonly retryMaxMs?: number;
  /**
   * The readings fail with `SOURCE_UNREACHABLE` or `SOURCE_REJECTED` when no usable reading came for this long.
   * @defaultValue never: the source keeps trying
   */
  readonly giveUpAfterMs?: number;
  /**
   * Clock that stamps what the device does not stamp, in epoch milliseconds.
   * @defaultValue `Date.now`
   */
  readonly now?: () => number;
  /**
   * Draws the jitter, in [0, 1).
   * @defaultValue `Math.random`
   */
  readonly random?: () => number;
}

/** Names of the options above, for those who take them together with their own. */
export const RECONNECT_OPTIONS: readonly (keyof ReconnectOptions)[] = [
  "retryFirstMs",
  "retryMaxMs",
  "giveUpAfterMs",
  "now",
  "random",
];
