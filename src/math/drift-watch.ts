import type { DriftEvent } from "../core/drift-event.ts";
import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { createDriftCollector } from "./drift-stretch.ts";
import { compareWithTraining, type DriftFinding, type TrainingMoments } from "./drift-test.ts";

/** What a drift says of itself; who and what it happened to is added outside. */
export type DriftMessage = Pick<
  DriftEvent,
  "revision" | "phase" | "startMs" | "endMs" | "tags" | "scoreShift" | "advice"
>;

export interface DriftWatchRule {
  readonly card: Pick<ModelCard, "normalizer" | "calibration" | "periodMs" | "stride">;
  /** What the tags are called in messages, in the order of the model. */
  readonly tags: readonly string[];
  /** Running time that is compared with training. */
  readonly stretchMs: number;
}

/** Watches one stream of scored windows. */
export interface DriftWatch {
  push(score: Score, window: FrameWindow): DriftMessage | undefined;
}

/**
 * Creates a watch that compares what a machine did over a long stretch with what its model was trained on, at every 24th of it.
 *
 * Nothing is said before a whole stretch was seen. A drift is opened once and closed once; in between limits are a quarter lower, so that one at its
 * limit does not come and go.
 *
 * @param resumed the last message of a drift that was open when the gateway went down
 */
export function createDriftWatch(
  { card, tags, stretchMs }: DriftWatchRule,
  resumed?: Pick<DriftEvent, "revision" | "startMs" | "tags">,
): DriftWatch {
  const training = trainingMoments(card, tags);
  const collector = createDriftCollector(card, training.precision, stretchMs);
  let open = resumed;
  return {
    push(score, window) {
      const stretch = collector.push(score, window);
      if (stretch === undefined) return undefined;
      const found = compareWithTraining(stretch, training, open !== undefined);
      if (found.hasMoved === (open !== undefined)) return undefined;
      if (open === undefined) {
        open = { revision: 0, startMs: stretch.startMs, tags: found.moved };
        const { scoreShift, moved } = found;
        const phase = "opened" as const;
        return { ...open, phase, endMs: stretch.endMs, scoreShift, advice: adviseOpen(moved) };
      }
      const message = close(open, stretch.endMs, found);
      open = undefined;
      return message;
    },
  };
}

/** What the card says of normal frames; tags for unrelated where it does not say how they vary together. */
function trainingMoments(
  { calibration }: DriftWatchRule["card"],
  tags: readonly string[],
): TrainingMoments {
  const { precision, levelVariance } = calibration;
  const unrelated = Float64Array.from({ length: tags.length ** 2 }, (_, cell) =>
    cell % (tags.length + 1) === 0 ? 1 : 0,
  );
  return {
    tags,
    precision: precision ? Float64Array.from(precision) : unrelated,
    ...(levelVariance && { levelVariance }),
  };
}

function close(
  { revision, startMs, tags }: Pick<DriftEvent, "revision" | "startMs" | "tags">,
  endMs: number,
  { tags: now, scoreShift }: DriftFinding,
): DriftMessage {
  return {
    revision: revision + 1,
    phase: "closed",
    startMs,
    endMs,
    tags: tags.map((before) => now.find(({ tag }) => tag === before.tag) ?? before),
    scoreShift,
    advice: "Leave the model as it is: the machine is again as it was in training.",
  };
}

function adviseOpen(moved: DriftEvent["tags"]): string {
  if (moved.length === 0) {
    return "Train the model again with recent data: it finds what the machine does now stranger than what it was trained on.";
  }
  const names = moved.map(({ tag }) => tag).join(", ");
  return `Find out why ${names} moved; if all is well with the machine, train the model again with recent data.`;
}
