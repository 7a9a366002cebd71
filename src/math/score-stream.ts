import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { createDriftFollower } from "./drift-follower.ts";
import { slotOf } from "./grid.ts";
import { createRunningGate } from "./running/running-gate.ts";
import { createScoreSmoother } from "./score-smoother.ts";

/** What a model has to remember of one stream of windows from one to the next. */
export interface ScoreStream {
  /** Says of the next window what its model must know beside the values: where the levels are, whether the machine runs. */
  prepare(window: FrameWindow): FrameWindow;
  /** Smooths the score of the next prepared window; scores come in the order of their windows. */
  finish(score: Score): Score;
}

/** Creates the memory of one machine's stream, as its model card says. */
export function createScoreStream({
  tags,
  periodMs,
  stride,
  normalizer,
  drift,
  running,
  smoothingMs,
  threshold,
}: Pick<
  ModelCard,
  "tags" | "periodMs" | "stride" | "normalizer" | "drift" | "running" | "smoothingMs" | "threshold"
>): ScoreStream {
  const follower = drift && createDriftFollower(normalizer, drift, periodMs);
  const gate = running && createRunningGate(running, tags, periodMs);
  const smoother =
    smoothingMs === undefined
      ? undefined
      : createScoreSmoother({ timeMs: smoothingMs, strideMs: stride * periodMs, threshold });
  let lastSlot = Number.NEGATIVE_INFINITY; // newest row that was followed

  /** Rows that were not in the windows before move the levels. */
  const follow = ({ endMs, length, tags: width, values }: FrameWindow): void => {
    const slot = slotOf({ timeMs: endMs, periodMs });
    const fresh = Math.min(length, Math.max(0, slot - lastSlot));
    lastSlot = slot;
    for (let row = length - fresh; row < length; row += 1) follower?.push(values, row * width);
  };

  return {
    prepare(window) {
      const state = gate && stateOf(gate.isRunning(window));
      const offsets = follower?.offset.slice();
      if (state === undefined || state === "running") follow(window);
      return { ...window, ...(offsets && { offsets }), ...(state && { state }) };
    },
    finish: (score) => smoother?.push(score) ?? score,
  };
}

function stateOf(isRunning: boolean | undefined): NonNullable<FrameWindow["state"]> {
  if (isRunning === undefined) return "unknown";
  return isRunning ? "running" : "stopped";
}
