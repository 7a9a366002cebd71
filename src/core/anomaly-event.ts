import type { ModelIdentity } from "./model-card.ts";
import type { Reading } from "./reading.ts";
import type { Contribution } from "./score.ts";

/** An incident is `opened` once, `updated` any number of times, `closed` once. */
export type EventPhase = "opened" | "updated" | "closed";

/**
 * One message about one incident: a stretch of time in which a machine did not behave as it was
 * trained to. All messages of an incident share its `id`; `revision` counts them.
 */
export interface AnomalyEvent {
  readonly kind: "anomaly";
  /**
   * The incident, derived from gateway, machine, model and start time: a replay or a restart after
   * a crash makes the same id, never a second incident.
   */
  readonly id: string;
  /** 0 for `opened`, then 1, 2, …: a receiver keeps the highest. */
  readonly revision: number;
  readonly phase: EventPhase;
  readonly gateway: string;
  readonly machine: string;
  /** End of the first anomalous window, in epoch milliseconds. */
  readonly startMs: number;
  /** End of the newest window this message knows; once closed, of the last anomalous one. */
  readonly endMs: number;
  /** End of the window with the highest score so far. */
  readonly peakMs: number;
  /** 1 (lowest) to 1000, on the scale of OPC UA Part 9; 500 at the threshold. */
  readonly severity: number;
  /** The highest score so far. */
  readonly score: number;
  readonly threshold: number;
  /** Of the window with the highest score, largest share first. */
  readonly contributions: readonly Contribution[];
  readonly model: ModelIdentity;
  /** Of the window with the highest score. */
  readonly coverage: number;
  /**
   * The raw readings around the moment this message was made, oldest first: the pre-roll of the
   * opening, the post-roll of the closing, empty in an update.
   */
  readonly readings: readonly Reading[];
}
