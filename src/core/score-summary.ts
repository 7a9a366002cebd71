import type { ModelIdentity } from "./model-card.ts";

/** What the scores of one machine were in one hour: enough to see from afar whether it is still watched, and how normal it is. */
export interface ScoreSummary {
  readonly kind: "score-summary";
  /** Derived from gateway, machine, model and `startMs`. */
  readonly id: string;
  /** 0: a gateway that was restarted within the hour sends a summary of its own, with another `startMs` and `id`, for what came after. */
  readonly revision: number;
  readonly gateway: string;
  readonly machine: string;
  readonly model: ModelIdentity;
  /** First and last window that was counted, in epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Windows by what was said of them. */
  readonly normal: number;
  readonly anomalous: number;
  readonly notRunning: number;
  readonly insufficientData: number;
  /** Windows that were anomalous and held back, because people have called such ones false alarms. */
  readonly muted: number;
  /** Of the scores that are numbers; `NaN` where there was none. */
  readonly median: number;
  readonly p95: number;
  readonly highest: number;
  readonly threshold: number;
}
