import type { EventRule, ModelIdentity } from "../core/model-card.ts";
import type { Reading } from "../core/reading.ts";
import type { Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import {
  type DetectionQuality,
  detectionQuality,
  type LabelledRun,
} from "../math/detection/detection-quality.ts";
import { createIncidentTracker, type IncidentMessage } from "../math/incident-tracker.ts";
import { scoreReadings } from "../model/score-readings.ts";
import type { Scorer } from "../model/scorer.ts";
import { createLabelTrack, type LabelledStretch } from "./label-track.ts";

/** What a model made of a labelled trace. */
export interface Evaluation {
  readonly model: ModelIdentity;
  /** One row per window from the first label on, stamped with the time of its last frame. */
  readonly run: LabelledRun;
  readonly quality: DetectionQuality;
  readonly events: readonly DetectedEvent[];
  /** What people called anomalous. */
  readonly labelled: readonly LabelledStretch[];
}

/** An event with the time in which its user saw it. */
export interface DetectedEvent extends IncidentMessage {
  /** When it was told, after its on-delay; `startMs` is its first anomalous window. */
  readonly alarmFromMs: number;
  /** When it closed, or the end of the trace. */
  readonly alarmToMs: number;
  /** Whether people have called some of that time anomalous. */
  readonly isLabelled: boolean;
}

export interface EvaluateModelOptions {
  /** The tag whose readings are the labels, 0 or 1. It is no tag of the model. */
  readonly label: string;
  /**
   * Told of every score, in order.
   * @defaultValue nobody is told
   */
  readonly onScore?: (score: Score) => void;
}

/**
 * Scores a labelled trace as a running gateway would, and measures what its user would have seen of it.
 *
 * A window has the label that held at its last frame. A row is in alarm from the window at which the event was told, after
 * its on-delay, until it closed: nothing is dated back. A window that was not judged (too little data, not running) has no score; what came
 * before the first label is left out. Memory: some numbers for each window, whatever the number of tags.
 *
 * @param chunks readings of the model's tags and the label, in the order of their arrival
 * @throws GatewayError `CONFIG_INVALID` when the model takes the label for a tag; `TRACE_INVALID` for a label that is neither 0 nor 1, no
 * label, and a trace too short for a window; `SCORING_FAILED`
 */
export async function evaluateModel(
  model: Scorer,
  chunks: AsyncIterable<Iterable<Reading>>,
  { label, onScore = () => {} }: EvaluateModelOptions,
): Promise<Evaluation> {
  requireUnseen(model, label);
  const labels = createLabelTrack(label);
  const times: number[] = [];
  const values: number[] = [];
  const alarms: number[] = [];
  const events = createEventList(model.card.eventRule);
  for await (const scores of scoreReadings(model, heard(chunks, labels.push))) {
    for (const score of scores) {
      times.push(score.endMs);
      values.push(isJudged(score) ? score.value : Number.NaN);
      alarms.push(events.push(score) ? 1 : 0);
      onScore(score);
    }
  }
  const given = times.map((timeMs) => labels.at(timeMs));
  requireRows(model, label, given);
  const first = given.findIndex((value) => value !== undefined);
  const run: LabelledRun = {
    timesMs: Float64Array.from(times).subarray(first),
    scores: Float64Array.from(values).subarray(first),
    alarms: Uint8Array.from(alarms).subarray(first),
    labels: Uint8Array.from(given, (value = 0) => value).subarray(first),
  };
  const labelled = labels.stretches();
  return {
    model: model.identity,
    run,
    quality: detectionQuality(run),
    events: events.list(labelled),
    labelled,
  };
}

interface EventList {
  /** Whether an event is open after this score. */
  push(score: Score): boolean;
  list(labelled: readonly LabelledStretch[]): DetectedEvent[];
}

/** Keeps what was last told of each event. */
function createEventList(rule: EventRule): EventList {
  const tracker = createIncidentTracker({ ...rule, updateMs: 0 });
  const told: { message: IncidentMessage; readonly alarmFromMs: number; alarmToMs: number }[] = [];
  let open: (typeof told)[number] | undefined;
  return {
    push(score) {
      const message = tracker.push(score);
      if (message?.phase === "opened") {
        open = { message, alarmFromMs: score.endMs, alarmToMs: score.endMs };
        told.push(open);
      }
      if (open === undefined) return false;
      open.message = message ?? open.message;
      open.alarmToMs = score.endMs;
      if (message?.phase === "closed") open = undefined;
      return open !== undefined;
    },
    list: (labelled) =>
      told.map(({ message, alarmFromMs, alarmToMs }) => ({
        ...message,
        alarmFromMs,
        alarmToMs,
        isLabelled: labelled.some(({ fromMs, toMs }) => fromMs < alarmToMs && toMs > alarmFromMs),
      })),
  };
}

/** Tells of each reading on its way. */
async function* heard(
  chunks: AsyncIterable<Iterable<Reading>>,
  tell: (reading: Reading) => void,
): AsyncGenerator<Iterable<Reading>> {
  for await (const chunk of chunks) {
    for (const reading of chunk) tell(reading);
    yield chunk;
  }
}

function isJudged({ verdict }: Score): boolean {
  return verdict === "normal" || verdict === "anomalous";
}

function requireUnseen({ card }: Scorer, label: string): void {
  if (!card.tags.some(({ name }) => name === label)) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `model "${card.name}": expected a label that the model does not see, got its tag ${label}`,
    { hint: `Train the model again with --ignore ${label}.` },
  );
}

function requireRows({ card }: Scorer, label: string, given: readonly (0 | 1 | undefined)[]): void {
  if (given.length === 0) {
    throw new GatewayError(
      "TRACE_INVALID",
      `model "${card.name}": expected at least ${card.windowLength} frames of ${card.periodMs} ms in a row for one window, got fewer`,
      { hint: "Evaluate on a longer trace." },
    );
  }
  if (given.every((value) => value === undefined)) {
    throw new GatewayError("TRACE_INVALID", `label column "${label}": expected labels, got none`, {
      hint: "Write 0 or 1 into the rows that people have judged.",
    });
  }
}
