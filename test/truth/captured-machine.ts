import { Subject } from "rxjs";
import type { AnomalyEvent } from "../../src/core/anomaly-event.ts";
import type { FrameWindow } from "../../src/core/frame.ts";
import type { ModelCard } from "../../src/core/model-card.ts";
import type { Score } from "../../src/core/score.ts";
import type { WindowCapture } from "../../src/core/window-capture.ts";
import type { Scorer } from "../../src/model/scorer.ts";
import { trackEvents } from "../../src/stream/track-events.ts";
import {
  type CaptureCounts,
  type CapturerOptions,
  createCapturer,
} from "../../src/truth/capture-windows.ts";

export const START_MS: number = Date.UTC(2026, 10, 2);
export const HOUR_MS = 3_600_000;

/** A model of two tags that shows every window as it is; a window of it has two frames. */
export function plainModel(changes: Partial<ModelCard> = {}): Scorer {
  const card: ModelCard = {
    format: 1,
    name: "pump",
    version: "1",
    tags: [{ name: "flow" }, { name: "pressure" }],
    periodMs: 60_000,
    windowLength: 2,
    stride: 1,
    normalizer: { kind: "standard", center: [0, 0], scale: [1, 1], clip: 20 },
    calibration: { residualScale: [1, 1], logMean: 0, logDeviation: 1, windows: 100 },
    threshold: 4,
    minCoverage: 0.5,
    eventRule: { onDelayMs: 120_000, offDelayMs: 120_000, deadband: 0.5 },
    golden: [],
    provenance: {
      producer: "test",
      trainedFromMs: 0,
      trainedToMs: 0,
      frames: 0,
      trainingWindows: 0,
    },
    ...changes,
  };
  return {
    card,
    identity: { name: "pump", version: "1", sha256: "ab".repeat(32) },
    score: () => Promise.reject(new Error("windows come scored")),
    reconstruct: async (windows) =>
      windows.map(({ values }) => ({
        normalized: Float32Array.from(values),
        reconstruction: Float32Array.from(values, (value) => value / 2),
      })),
  };
}

/** One minute of the machine: a score, and where its two tags stand. */
export interface Minute extends Partial<Score> {
  readonly value: number;
  readonly place?: readonly [flow: number, pressure: number];
}

/** A score and its window, every minute; `NaN` has no verdict but insufficient data, unless it is given. */
export function scoredMinutes(minutes: readonly Minute[]): readonly [Score, FrameWindow][] {
  return minutes.map(({ value, place = [0, 0], ...changes }, minute) => {
    const endMs = START_MS + minute * 60_000;
    const { threshold = 4 } = changes;
    const judged = value >= threshold ? "anomalous" : "normal";
    const contributions = ["flow", "pressure"].map((tag) => ({
      tag,
      share: 0.5,
      actual: 1,
      expected: 2,
    }));
    const score: Score = {
      endMs,
      value,
      threshold,
      verdict: Number.isNaN(value) ? "insufficient-data" : judged,
      coverage: 1,
      contributions,
      ...changes,
    };
    const values = Float64Array.of(...place, ...place);
    return [score, { endMs: score.endMs, length: 2, tags: 2, values, coverage: 1 }];
  });
}

export interface Captured {
  readonly captures: readonly WindowCapture[];
  readonly events: readonly AnomalyEvent[];
  readonly counts: CaptureCounts;
}

/** Sends scored windows through `trackEvents` and a capturer, as a gateway does. */
export async function captureAll(
  scored: readonly (readonly [Score, FrameWindow])[],
  options: Partial<CapturerOptions> = {},
): Promise<Captured> {
  const { model = plainModel(), resume } = options;
  const captures: WindowCapture[] = [];
  const events: AnomalyEvent[] = [];
  const names = { gateway: "gateway-1", machine: "pump-1" };
  const capturer = createCapturer({
    ...names,
    model,
    onCapture: (capture) => captures.push(capture),
    ...options,
  });
  const scores = new Subject<Score>();
  const rule = { ...model.card.eventRule, updateMs: 180_000, ...(resume && { resume }) };
  const finished = scores
    .pipe(trackEvents({ ...names, model: model.identity, ...rule }))
    .forEach((event) => {
      events.push(event);
      capturer.event(event);
    });
  for (const [score, window] of scored) {
    capturer.scored(score, window);
    scores.next(score);
  }
  scores.complete();
  await finished;
  await capturer.close();
  return { captures, events, counts: capturer.counts() };
}

/** How many windows a capture speaks for, added up. */
export function weightOf(captures: readonly WindowCapture[]): number {
  return captures.reduce((sum, { inclusionProbability }) => sum + 1 / inclusionProbability, 0);
}
