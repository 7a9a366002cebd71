import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import { createDriftFollower } from "./drift-follower.ts";
import { slotOf } from "./grid.ts";
import { createRunningGate } from "./running/running-gate.ts";
import { createScoreSmoother } from "./score-smoother.ts";
import type { WindowResult } from "./window-result.ts";

/** A window that its model's memory may be written into. */
export type OwnWindow = { -readonly [Part in keyof FrameWindow]: FrameWindow[Part] };

/** What a model has to remember of one stream of windows from one to the next. */
export interface ScoreStream {
  /** Writes into the next window what its model must know beside the values: where the levels are, whether the machine runs. */
  prepare(window: OwnWindow): void;
  /** Smooths the result of the next prepared window, in place; results come in the order of their windows. */
  finish(result: WindowResult): void;
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
    follower?.push(values, (length - fresh) * width, length * width);
  };

  return {
    prepare(window) {
      if (gate) window.state = stateOf(gate.isRunning(window));
      if (follower) window.offsets ??= new Float64Array(tags.length);
      if (follower) window.offsets?.set(follower.offset);
      if (window.state === undefined || window.state === "running") follow(window);
    },
    finish: (result) => smoother?.push(result),
  };
}

function stateOf(isRunning: boolean | undefined): NonNullable<FrameWindow["state"]> {
  if (isRunning === undefined) return "unknown";
  return isRunning ? "running" : "stopped";
}
