/**
 * What the score says. `insufficient-data` means that too little of the window was measured to say
 * anything: never taken for normal, never for anomalous. `not-running` means that the machine was off
 * or starting up in some of the window, by the model card's `running`: it raises nothing.
 */
export type Verdict = "normal" | "anomalous" | "insufficient-data" | "not-running";

/** One tag's part in a score. */
export interface Contribution {
  readonly tag: string;
  /** Share of the score, 0 to 1; the shares of all tags add up to 1. */
  readonly share: number;
  /** What was measured in the frame where this tag deviates most, in the tag's unit. */
  readonly actual: number;
  /** What the model expected there, in the tag's unit. */
  readonly expected: number;
  /**
   * How far off the tag is, and in which direction, on average over the window, in standard deviations of normal operation: from what was expected, or from its
   * usual level where it is farther from that (a load that was never seen may be reconstructed well). `NaN` where nothing was measured; absent where the
   * scorer does not say.
   */
  readonly deviation?: number;
}

/** How strange a window is. */
export interface Score {
  /** Time of the window's last frame, in epoch milliseconds; nothing later was used. */
  readonly endMs: number;
  /**
   * Standard deviations above the score of held-out normal windows, so comparable between models:
   * about 0 in normal operation, higher is stranger. `NaN` when the verdict
   * is `insufficient-data` or `not-running`.
   */
  readonly value: number;
  /** The value from which on a window is anomalous, on the same scale. */
  readonly threshold: number;
  /** The value from which on a window is worth a look, on the same scale; absent where the model has none. */
  readonly warningThreshold?: number;
  readonly verdict: Verdict;
  /** Share of the window's cells that were really measured, 0 to 1. */
  readonly coverage: number;
  /**
   * One per tag of the model, in its order; empty when the verdict is `insufficient-data` or `not-running`, and below the warning threshold in a
   * stream that explains only what is strange.
   */
  readonly contributions: readonly Contribution[];
  /**
   * The label that holds this anomalous window back, because it looks like what was called a false alarm or maintenance: it opens no event, and an open one sees a
   * normal window. Absent otherwise.
   */
  readonly mutedBy?: string;
}
