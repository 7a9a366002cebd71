import type { FrameWindow } from "../../core/frame.ts";
import type { ModelCard } from "../../core/model-card.ts";
import type { Score } from "../../core/score.ts";
import { NO_SHARES, type WindowResult } from "../../math/window-result.ts";

/** Whether a window says enough to be judged, and is to be. */
export function isJudged(
  { minCoverage }: ModelCard,
  { coverage, state = "running" }: FrameWindow,
): boolean {
  return coverage >= minCoverage && state === "running";
}

/** Writes into `result` that its window was not judged. */
export function leaveUnjudged(
  result: WindowResult,
  { threshold }: ModelCard,
  { endMs, coverage, state }: FrameWindow,
): WindowResult {
  result.endMs = endMs;
  result.value = Number.NaN;
  result.threshold = threshold;
  result.warningThreshold = Number.NaN;
  result.verdict = state === "stopped" ? "not-running" : "insufficient-data";
  result.coverage = coverage;
  result.shares = NO_SHARES;
  return result;
}

/** A hole makes the reconstruction of the other tags worse: the thresholds make up for it. */
export function thresholdsOf(
  { threshold, warningThreshold, calibration: { missingRise } }: ModelCard,
  { values, tags, length }: FrameWindow,
): Pick<Score, "threshold" | "warningThreshold"> {
  let rise = 0;
  if (missingRise !== undefined) {
    for (let cell = 0; cell < values.length; cell += 1) {
      if (Number.isNaN(values[cell])) rise += (missingRise[cell % tags] as number) / length;
    }
  }
  return {
    threshold: threshold + rise,
    ...(warningThreshold !== undefined && { warningThreshold: warningThreshold + rise }),
  };
}

/** An infinite cell is no measurement: unknown, as in training. */
export function finiteWindow(window: FrameWindow): FrameWindow {
  if (window.values.every((value) => Math.abs(value) !== Number.POSITIVE_INFINITY)) return window;
  const values = window.values.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  return { ...window, values };
}
