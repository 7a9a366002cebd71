/** First rows of the windows to learn from, and of those held out. */
export interface TrainingWindows {
  readonly training: Uint32Array;
  readonly heldOut: Uint32Array;
}
