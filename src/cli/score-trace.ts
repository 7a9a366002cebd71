import { Subject } from "rxjs";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Score } from "../core/score.ts";
import type { DraftFile } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { encodeMessage } from "../math/message-json.ts";
import type { SensorFaultMessage } from "../math/sensor-fault-detector.ts";
import { scoreReadings } from "../model/score-readings.ts";
import type { Scorer } from "../model/scorer.ts";
import type { Trace } from "../sources/trace/trace.ts";
import { sensorFault } from "../stream/detect-sensor-faults.ts";
import { trackEvents } from "../stream/track-events.ts";
import { scoreHeader, scoreLine } from "./score-csv.ts";

/** What a trace came to. */
export interface ScoreSummary {
  readonly windows: number;
  readonly anomalous: number;
  readonly insufficient: number;
  /** Windows in which the machine was off or starting up. */
  readonly notRunning: number;
  /** Incidents. */
  readonly events: number;
  readonly sensorFaults: number;
  /** The most anomalous window; `null` when none could be judged. */
  readonly highest: { readonly time: string; readonly value: number } | null;
}

export interface ScoreFiles {
  readonly scores: DraftFile | undefined;
  readonly events: DraftFile | undefined;
}

/**
 * Scores a whole trace into files.
 *
 * @throws GatewayError `TRACE_INVALID` when the trace is too short for a single window
 */
export async function scoreTrace(
  model: Scorer,
  trace: Trace,
  files: ScoreFiles,
): Promise<ScoreSummary> {
  const { name, windowLength, periodMs, eventRule, tags } = model.card;
  const names = tags.map((tag) => tag.name);
  const scored = new Subject<Score>();
  const events = createEventLog(files.events);
  const where = { gateway: "batch", machine: name };
  const tracking = { ...where, model: model.identity, ...eventRule };
  const onSensorFault = (message: SensorFaultMessage): void =>
    events.add(sensorFault(where, message));
  const tracked = scored.pipe(trackEvents(tracking)).forEach(events.add);
  const counts = { normal: 0, anomalous: 0, "insufficient-data": 0, "not-running": 0 };
  let highest: Score | undefined;

  await files.scores?.write(scoreHeader(names));
  for await (const scores of scoreReadings(model, trace.chunks, { onSensorFault })) {
    for (const score of scores) {
      counts[score.verdict] += 1;
      if (score.value > (highest?.value ?? Number.NEGATIVE_INFINITY)) highest = score;
      scored.next(score);
    }
    await files.scores?.write(scores.map((score) => scoreLine(score, names)).join(""));
    await events.write();
  }
  scored.complete();
  await tracked;
  await events.write();
  const windows = Object.values(counts).reduce((sum, count) => sum + count);
  if (windows === 0) throw tooShort(trace.path, windowLength, periodMs);
  return {
    windows,
    anomalous: counts.anomalous,
    insufficient: counts["insufficient-data"],
    notRunning: counts["not-running"],
    events: events.count("anomaly"),
    sensorFaults: events.count("sensor-fault"),
    highest: highest ? { time: new Date(highest.endMs).toISOString(), value: highest.value } : null,
  };
}

interface EventLog {
  add(event: GatewayEvent): void;
  /** Writes out what was added since the last time. */
  write(): Promise<void>;
  /** How many incidents or faults there were, whatever the number of their messages. */
  count(kind: GatewayEvent["kind"]): number;
}

function createEventLog(file: DraftFile | undefined): EventLog {
  const ids = {
    anomaly: new Set<string>(),
    "sensor-fault": new Set<string>(),
    drift: new Set<string>(),
  };
  let news: GatewayEvent[] = [];
  return {
    add(event) {
      ids[event.kind].add(event.id);
      news.push(event);
    },
    async write() {
      const lines = news.map((event) => `${encodeMessage(event)}\n`);
      news = [];
      await file?.write(lines.join(""));
    },
    count: (kind) => ids[kind].size,
  };
}

function tooShort(path: string, windowLength: number, periodMs: number): GatewayError {
  return new GatewayError(
    "TRACE_INVALID",
    `${path}: expected at least ${windowLength} frames of ${periodMs} ms in a row for one window, got fewer`,
    { hint: "Score a longer trace, or train a model with a shorter window." },
  );
}
