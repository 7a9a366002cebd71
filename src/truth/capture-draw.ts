import type { FrameWindow } from "../core/frame.ts";
import type { Normalizer } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import type { CaptureReason } from "../core/window-capture.ts";
import { createLandmarks } from "../math/landmarks.ts";
import { createLot } from "../math/lot.ts";
import { normalized, stepAt } from "../math/normalizer.ts";
import type { SamplingPlan } from "../math/sampling-budget.ts";
import { createStratifiedSample } from "../math/stratified-sample.ts";

/** Operating points that are told apart at most. */
const OPERATING_POINTS = 32;
/** What is close to a threshold, in standard deviations of held-out normal scores, where the model has no warning threshold. */
const NEAR = 0.5;
/** A window belongs to the first of these that it fits. */
const STRATA = ["novel", "near-threshold", "random"] as const satisfies readonly CaptureReason[];

/** One window of many that was drawn. */
export interface DrawnWindow<Kept> {
  readonly kept: Kept;
  readonly reason: CaptureReason;
  readonly inclusionProbability: number;
}

interface Scored {
  readonly score: Score;
  readonly window: FrameWindow;
}

/** Draws the windows worth a label from all that a machine's model has judged. */
export interface CaptureDraw<Kept extends Scored> {
  /**
   * A window takes part in the draw of its slot of time.
   *
   * @param keep copies what is lent; called only for a window that is drawn, at least for now
   */
  enter(score: Score, window: FrameWindow, keep: () => Kept): void;
  /** Hands out what was drawn since the last time, oldest first. */
  take(): DrawnWindow<Kept>[];
}

/** @param key what the draw depends on, beside the windows' times */
export function createCaptureDraw<Kept extends Scored>(
  { perSlot }: SamplingPlan,
  normalizer: Normalizer,
  key: string,
): CaptureDraw<Kept> {
  const points = Math.min(OPERATING_POINTS, Math.floor(perSlot / STRATA.length));
  const sample = createStratifiedSample<Kept>(perSlot, [1, 1, points]);
  const landmarks = createLandmarks(OPERATING_POINTS, normalizer.center.length);
  const lot = createLot(key);
  const frame = new Float64Array(normalizer.center.length);
  return {
    enter(score, window, keep) {
      lastFrame(frame, window, normalizer);
      const { isNew, landmark } = landmarks.visit(frame);
      const rank = lot(score.endMs);
      if (isNew) sample.offer(keep, 0, 0, rank);
      else if (isNearThreshold(score)) sample.offer(keep, 1, 0, rank);
      else sample.offer(keep, 2, landmark % points, rank);
    },
    take: () =>
      sample
        .take()
        .map(({ item, stratum, probability }) => ({
          kept: item,
          reason: STRATA[stratum] ?? "random",
          inclusionProbability: probability,
        }))
        .sort((a, b) => a.kept.score.endMs - b.kept.score.endMs),
  };
}

/** Between the warning threshold and as far above the threshold. */
function isNearThreshold({ value, threshold, warningThreshold = threshold }: Score): boolean {
  const band = threshold > warningThreshold ? threshold - warningThreshold : NEAR;
  return Math.abs(value - threshold) <= band;
}

/** Writes the normalized last frame of a window into `target`; an unknown cell becomes 0, the center. */
function lastFrame(
  target: Float64Array,
  { values, offsets, tags, length }: FrameWindow,
  normalizer: Normalizer,
): void {
  const first = (length - 1) * tags;
  for (let tag = 0; tag < tags; tag += 1) {
    const x = normalizer.differenced?.[tag]
      ? stepAt(values, first + tag, tags)
      : (values[first + tag] as number) - (offsets?.[tag] ?? 0);
    target[tag] = normalized(x, tag, normalizer);
  }
}
