import { Subject } from "rxjs";
import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { Score } from "../core/score.ts";
import type { DraftFile } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { encodeEvent } from "../math/event-json.ts";
import { scoreReadings } from "../model/score-readings.ts";
import type { Scorer } from "../model/scorer.ts";
import type { Trace } from "../sources/trace/trace.ts";
import { trackEvents } from "../stream/track-events.ts";
import { scoreHeader, scoreLine } from "./score-csv.ts";

/** What a trace came to. */
export interface ScoreSummary {
  readonly windows: number;
  readonly anomalous: number;
  readonly insufficient: number;
  /** Incidents. */
  readonly events: number;
  /** The most anomalous window; `null` when every window had too little data. */
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
  const incidents = new Set<string>();
  let news: AnomalyEvent[] = [];
  const tracking = { gateway: "batch", machine: name, model: model.identity, ...eventRule };
  const tracked = scored.pipe(trackEvents(tracking)).forEach((event) => void news.push(event));
  const counts = { normal: 0, anomalous: 0, "insufficient-data": 0 };
  let highest: Score | undefined;

  await files.scores?.write(scoreHeader(names));
  for await (const scores of scoreReadings(model, trace.chunks)) {
    for (const score of scores) {
      counts[score.verdict] += 1;
      if (score.value > (highest?.value ?? Number.NEGATIVE_INFINITY)) highest = score;
      scored.next(score);
    }
    await files.scores?.write(scores.map((score) => scoreLine(score, names)).join(""));
    await files.events?.write(news.map((event) => `${encodeEvent(event)}\n`).join(""));
    for (const { id } of news) incidents.add(id);
    news = [];
  }
  scored.complete();
  await tracked;
  const windows = counts.normal + counts.anomalous + counts["insufficient-data"];
  if (windows === 0) throw tooShort(trace.path, windowLength, periodMs);
  return {
    windows,
    anomalous: counts.anomalous,
    insufficient: counts["insufficient-data"],
    events: incidents.size,
    highest: highest ? { time: new Date(highest.endMs).toISOString(), value: highest.value } : null,
  };
}

function tooShort(path: string, windowLength: number, periodMs: number): GatewayError {
  return new GatewayError(
    "TRACE_INVALID",
    `${path}: expected at least ${windowLength} frames of ${periodMs} ms in a row for one window, got fewer`,
    { hint: "Score a longer trace, or train a model with a shorter window." },
  );
}
