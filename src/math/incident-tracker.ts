import type { AnomalyEvent, EventPhase } from "../core/anomaly-event.ts";
import type { EventRule } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { createGapFinder } from "./gap-finder.ts";

/** What an incident says of itself; who and what it happened to is added outside. */
export type IncidentMessage = Pick<
  AnomalyEvent,
  | "revision"
  | "phase"
  | "startMs"
  | "endMs"
  | "peakMs"
  | "severity"
  | "score"
  | "threshold"
  | "contributions"
  | "coverage"
>;

export interface IncidentRule extends EventRule {
  /** An open incident that got worse says so at most this often. */
  readonly updateMs: number;
}

/** Turns scores into the messages of incidents. */
export interface IncidentTracker {
  push(score: Score): IncidentMessage | undefined;
}

type Worst = Pick<AnomalyEvent, "peakMs" | "score" | "threshold" | "contributions" | "coverage">;

interface Incident {
  readonly startMs: number;
  /** Newest window that still counts as anomalous. */
  anomalousMs: number;
  /** Since when the score has been back to normal, if it is. */
  normalSinceMs: number | undefined;
  worst: Worst;
  /** The number of the next message; 0 while the on-delay runs and nobody has heard of the incident. */
  revision: number;
  /** Score and time of the last message. */
  toldScore: number;
  toldMs: number;
}

/**
 * Creates the alarm state machine of ISA-18.2: normal, on-delay, active, off-delay, with a deadband.
 *
 * An incident starts with its first anomalous window and is told once the score has stayed anomalous for `onDelayMs`; one
 * normal window before that and it never was. It ends once the score has stayed below `threshold - deadband` for `offDelayMs`.
 * Windows with insufficient data change nothing: an open incident stays open. A machine that does not run is as good as a normal one:
 * what was open closes after the off-delay, however long the machine then stands still. So is a window that a label holds back. Delays run only over windows that follow each other:
 * after a gap of more than three distances that were usual lately, an on-delay or off-delay begins anew.
 *
 * @param resumed the last message of an incident that was open when the gateway went down
 */
export function createIncidentTracker(
  rule: IncidentRule,
  resumed?: IncidentMessage,
): IncidentTracker {
  let incident = resumed && resume(resumed);
  const isGap = createGapFinder();
  return {
    push(score) {
      if (score.verdict === "insufficient-data") return undefined;
      if (isGap(score.endMs)) incident = incident && startDelayAnew(incident);
      incident ??= begin(score);
      if (incident === undefined) return undefined;
      const phase = advance(incident, score, rule);
      const message = phase && tell(incident, phase, score.endMs);
      if (phase === "closed" || isFalseStart(incident)) incident = undefined;
      return message;
    },
  };
}

function startDelayAnew(incident: Incident): Incident | undefined {
  if (incident.revision === 0) return undefined;
  incident.normalSinceMs = undefined;
  return incident;
}

function begin(score: Score): Incident | undefined {
  if (score.verdict !== "anomalous" || score.mutedBy !== undefined) return undefined;
  return {
    startMs: score.endMs,
    anomalousMs: score.endMs,
    normalSinceMs: undefined,
    worst: worstOf(score),
    revision: 0,
    toldScore: Number.NEGATIVE_INFINITY,
    toldMs: score.endMs,
  };
}

function resume(message: IncidentMessage): Incident {
  const { startMs, endMs, revision, peakMs, score, threshold, contributions, coverage } = message;
  return {
    startMs,
    anomalousMs: endMs,
    normalSinceMs: undefined,
    worst: { peakMs, score, threshold, contributions, coverage },
    revision: revision + 1,
    toldScore: score,
    toldMs: endMs,
  };
}

/** Takes a score in, and says what is to be told about the incident, if anything. */
function advance(incident: Incident, score: Score, rule: IncidentRule): EventPhase | undefined {
  const { endMs, value, threshold, verdict, mutedBy } = score;
  const isOpen = incident.revision > 0;
  const isQuiet = value < (isOpen ? threshold - rule.deadband : threshold);
  if (isQuiet || verdict === "not-running" || mutedBy !== undefined) {
    incident.normalSinceMs ??= endMs;
    return isOpen && endMs - incident.normalSinceMs >= rule.offDelayMs ? "closed" : undefined;
  }
  incident.normalSinceMs = undefined;
  incident.anomalousMs = endMs;
  if (value > incident.worst.score) incident.worst = worstOf(score);
  if (!isOpen) return endMs - incident.startMs >= rule.onDelayMs ? "opened" : undefined;
  const gotWorse = incident.worst.score > incident.toldScore;
  return gotWorse && endMs - incident.toldMs >= rule.updateMs ? "updated" : undefined;
}

function tell(incident: Incident, phase: EventPhase, nowMs: number): IncidentMessage {
  const { startMs, worst, revision, anomalousMs: endMs } = incident;
  incident.revision += 1;
  incident.toldScore = worst.score;
  incident.toldMs = nowMs;
  return { revision, phase, startMs, endMs, ...worst, severity: severityOf(worst) };
}

/** Back to normal before the on-delay was over: nobody was told, nothing is to be closed. */
function isFalseStart({ revision, normalSinceMs }: Incident): boolean {
  return revision === 0 && normalSinceMs !== undefined;
}

function worstOf({ endMs, value, threshold, contributions, coverage }: Score): Worst {
  return {
    peakMs: endMs,
    score: value,
    threshold,
    contributions: [...contributions].sort((a, b) => b.share - a.share),
    coverage,
  };
}

/** 500 at the threshold, in proportion to the score, within the 1 to 1000 of OPC UA Part 9. */
function severityOf({ score, threshold }: Worst): number {
  return Math.min(1000, Math.max(1, Math.round((500 * score) / threshold)));
}
