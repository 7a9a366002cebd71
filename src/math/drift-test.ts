import type { DriftedTag } from "../core/drift-event.ts";
import type { DriftStretch, SegmentMoments } from "./drift-stretch.ts";
import { effectiveSamples } from "./effective-samples.ts";
import { samplesBehind } from "./level-room.ts";
import { moments, quantile } from "./statistics.ts";
import { studentQuantile } from "./student.ts";

/** What is worth a message; an open drift goes on until nothing reaches `STAY` of it. */
const LIMITS = { shift: 1, spread: 2, score: 1.5 } as const;
const STAY = 0.75;
/** A difference of means says something when it is this share of how far a single frame usually is from what the other tags say. */
const CLEAR = 0.5;
/** How rarely all tags together may seem to have moved by chance. */
const CHANCE = 1e-3;

/** How a stretch differs from training. */
export interface DriftFinding {
  /** Whether some of it is worth a message, or was and still nearly is. */
  readonly hasMoved: boolean;
  /** The tags that moved, the farthest first. */
  readonly moved: readonly DriftedTag[];
  /** All tags, in the order of the model. */
  readonly tags: readonly DriftedTag[];
  readonly scoreShift: number;
}

/** What is known of training. */
export interface TrainingMoments {
  readonly tags: readonly string[];
  /** Shape `[tags, tags]`: inverse covariance of normal frames, normalized. */
  readonly precision: Float64Array;
  /** Shape `[tags]`: room for levels that wander, as in the calibration of a card; absent where the card does not say. */
  readonly levelVariance?: readonly number[];
}

/**
 * Compares a stretch of time with training, tag by tag and by the score.
 *
 * - **Shift**: the mean, in standard deviations of training (Glass's delta, 1976), without what other tags explain: a machine at another load has not drifted. The shifts are
 *   put down to as few tags as possible, the clearest first. One that is worth a message is at least 1, and more than two-sample means differ by chance: Welch's
 *   test (1947) with effective sample sizes, as rows that follow each other resemble each other (batch means), and as a short training has seen little of slow levels.
 * - **Spread**: the middle one of the segments' standard deviations of what other tags do not explain, as a multiple of that of training; twice as much is
 *   worth a message. A tag that got quieter is not: that makes no alarm false, and one that stands still is a sensor fault.
 * - **Score**: the middle one of the segments' means; 1.5 is worth a message.
 *
 * @param isOpen whether a drift is open: limits are a quarter lower then
 */
export function compareWithTraining(
  { segments }: Pick<DriftStretch, "segments">,
  training: TrainingMoments,
  isOpen: boolean,
): DriftFinding {
  const shifts = attributeShift(meanOf(segments), training.precision);
  const width = training.tags.length;
  const tags = training.tags.map((tag, place): DriftedTag => {
    const trained = 1 / Math.sqrt(training.precision[place * (width + 1)] as number);
    const spread = middle(segments, ({ variance }) => Math.sqrt(variance[place] as number));
    return { tag, shift: shifts[place] as number, spread: spread / trained };
  });
  const ease = isOpen ? STAY : 1;
  const scoreShift = middle(segments, ({ score }) => score);
  const hasScoreMoved = scoreShift >= ease * LIMITS.score;
  const isShifted = (shift: number, place: number): boolean =>
    shift >= ease * LIMITS.shift && shift >= ease * chanceShift(segments, training, place);
  const isSpread = (spread: number): boolean => spread - 1 >= ease * (LIMITS.spread - 1);
  const moved = tags.filter(({ shift, spread }, place) =>
    hasScoreMoved // leaves no doubt that something has
      ? shift !== 0 || isSpread(spread)
      : isShifted(Math.abs(shift), place) || isSpread(spread),
  );
  return {
    hasMoved: moved.length > 0 || hasScoreMoved,
    moved: moved.toSorted((a, b) => farness(b) - farness(a)),
    tags,
    scoreShift,
  };
}

/** How far beyond what is usual, as a multiple of what is worth a message. */
function farness({ shift, spread }: DriftedTag): number {
  return Math.max(Math.abs(shift) / LIMITS.shift, (spread - 1) / (LIMITS.spread - 1));
}

function meanOf(segments: readonly SegmentMoments[]): Float64Array {
  const rows = segments.reduce((sum, segment) => sum + segment.rows, 0);
  const mean = new Float64Array(segments[0]?.mean.length ?? 0);
  for (const segment of segments) {
    for (let tag = 0; tag < mean.length; tag += 1) {
      mean[tag] = (mean[tag] as number) + ((segment.mean[tag] as number) * segment.rows) / rows;
    }
  }
  return mean;
}

function middle(
  segments: readonly SegmentMoments[],
  measure: (segment: SegmentMoments) => number,
): number {
  return quantile(Float64Array.from(segments, measure).sort(), 0.5);
}

/**
 * Puts a difference of means down to as few tags as possible: again and again to the one whose distance from what the others say is the clearest, until none is
 * far off (matching pursuit, Mallat and Zhang 1993).
 *
 * @returns shape `[tags]`, normalized units
 */
function attributeShift(mean: Float64Array, precision: Float64Array): Float64Array {
  const tags = mean.length;
  const own = (tag: number): number => precision[tag * (tags + 1)] as number;
  const shifts = new Float64Array(tags);
  const pull = Float64Array.from(mean, (_, tag) => {
    const row = precision.subarray(tag * tags, (tag + 1) * tags);
    return row.reduce((sum, value, other) => sum + value * (mean[other] as number), 0);
  });
  const clearness = (tag: number): number => Math.abs(pull[tag] as number) / Math.sqrt(own(tag));
  for (let step = 0; step < 2 * tags; step += 1) {
    let clearest = 0;
    for (let tag = 1; tag < tags; tag += 1) {
      if (clearness(tag) > clearness(clearest)) clearest = tag;
    }
    if (clearness(clearest) < CLEAR) break;
    const shift = (pull[clearest] as number) / own(clearest);
    shifts[clearest] = (shifts[clearest] as number) + shift;
    for (let tag = 0; tag < tags; tag += 1) {
      const drag = shift * (precision[tag * tags + clearest] as number);
      pull[tag] = (pull[tag] as number) - drag;
    }
  }
  return shifts;
}

/** By how much the mean of a tag may be off by chance. */
function chanceShift(
  segments: readonly SegmentMoments[],
  { tags, precision, levelVariance }: TrainingMoments,
  tag: number,
): number {
  const width = tags.length;
  const means = Float64Array.from(segments, ({ mean }) => {
    const row = precision.subarray(tag * width, (tag + 1) * width);
    const pull = row.reduce((sum, value, other) => sum + value * (mean[other] as number), 0);
    return pull / (precision[tag * (width + 1)] as number);
  });
  const samples = Math.max(2, effectiveSamples(means));
  const trained = samplesBehind(levelVariance?.[tag] ?? 0);
  const ofMean = moments(means).deviation ** 2 / samples;
  const ofTraining = 1 / (precision[tag * (width + 1)] as number) / trained;
  const freedom =
    (ofMean + ofTraining) ** 2 / (ofMean ** 2 / (samples - 1) + ofTraining ** 2 / (trained - 1)); // Welch and Satterthwaite
  return studentQuantile(CHANCE / 2 / width, Math.max(1, freedom)) * Math.sqrt(ofMean + ofTraining);
}
