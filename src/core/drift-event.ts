import type { EventPhase } from "./anomaly-event.ts";
import type { ModelIdentity } from "./model-card.ts";

/** A tag that is no longer where it was in training. */
export interface DriftedTag {
  readonly tag: string;
  /** How far its mean has moved since training beside what the other tags explain, in standard deviations of training. */
  readonly shift: number;
  /** Standard deviation of what the other tags do not explain of it, as a multiple of that of training. */
  readonly spread: number;
}

/**
 * One message about one drift: a stretch of time in which a machine was not strange for a moment but had become another one, so
 * that its model should be trained again. All messages of a drift share its `id`.
 */
export interface DriftEvent {
  readonly kind: "drift";
  /** The drift, derived from gateway, machine, model and start time, so that a replay makes the same id. */
  readonly id: string;
  /** 0 for `opened`; `closed` has the next one. */
  readonly revision: number;
  readonly phase: Exclude<EventPhase, "updated">;
  readonly gateway: string;
  readonly machine: string;
  readonly model: ModelIdentity;
  /** Beginning of the stretch that was compared with training, in epoch milliseconds. */
  readonly startMs: number;
  /** The newest window that was compared. */
  readonly endMs: number;
  /** The tags that moved, the farthest first; of a closed one, where these are now. Empty where only the scores rose. */
  readonly tags: readonly DriftedTag[];
  /** How far the middle score has moved, in standard deviations of held-out normal scores. */
  readonly scoreShift: number;
  /** What to do about it, as one imperative sentence. */
  readonly advice: string;
}
