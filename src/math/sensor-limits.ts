import type { SensorProfile } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import { requireKnown, requireNotNegative } from "./range-checks.ts";

/**
 * What a healthy sensor of one tag keeps to, where that is known better than from the training data. `Infinity` (for
 * `minNoise` 0) means that the tag is never judged by it.
 */
export interface SensorLimits {
  /**
   * Lowest and highest value that is possible, in the tag's unit; anything outside is `out-of-range`.
   * @defaultValue the tag's own range with 2.5 % of room at both ends, and whatever lay outside in training
   */
  readonly range?: readonly [low: number, high: number];
  /**
   * Longest time that the value may stay exactly the same before it is `stuck`.
   * @defaultValue four times the longest in training, at least 10 frames; `Infinity` for a tag that often repeats itself
   */
  readonly maxUnchangedMs?: number;
  /**
   * Fastest possible change, in the tag's unit per second; the largest step in training is allowed on top of it, for the noise. A value
   * that leaps farther is a `spike` when it is back within three frames, else a `rate` fault for as long as it could not have got where
   * it is.
   * @defaultValue none: only what leaps farther than all it did in training, alone and out of calm, and comes back, is a spike
   */
  readonly maxRatePerS?: number;
  /**
   * Noise (standard deviation) below which a value that still changes is `noise-gone`, in the tag's unit.
   * @defaultValue a tenth of the lowest in training; 0 for a tag whose noise comes and goes
   */
  readonly minNoise?: number;
  /**
   * Longest time without a value before the tag is `silent`, or `bad-quality` if that is what its source says.
   * @defaultValue twice the longest in training, at least 10 frames
   */
  readonly maxMissingMs?: number;
}

/** The limits that differ from what was learnt, by tag; `false` for a tag that is never judged. */
export type SensorLimitsByTag = Readonly<Record<string, SensorLimits | false>>;

/** One tag's limits in frames and in the tag's unit, as the detector uses them. */
export interface TagLimits {
  /** Lowest and highest possible value. */
  readonly low: number;
  readonly high: number;
  /** What was normal, with some room: a value beyond it that stands still may be the machine's. */
  readonly usualLow: number;
  readonly usualHigh: number;
  /** Whether so much changes that a standing value is strange; such a tag is a witness that the machine is running. */
  readonly isLively: boolean;
  /** Repetitions from which on the value is not believed, and those that make it a fault. */
  readonly suspectRepeats: number;
  readonly stuckRepeats: number;
  /** The repetition limit was given by a person. */
  readonly isStuckGiven: boolean;
  /** Largest step in training; 0 when nothing was learnt. */
  readonly usualStep: number;
  /** A step beyond this is a leap. */
  readonly leap: number;
  /** How much farther the value can get with every frame; 0 unless a rate was given. */
  readonly ratePerFrame: number;
  readonly minNoise: number;
  readonly isNoiseGiven: boolean;
  /** Frames without a value, or with a bad one. */
  readonly maxMissing: number;
  /** No reading means no change, and not that the tag is silent. */
  readonly isOnChange: boolean;
}

/** Share of the range beyond its ends that still passes for a measurement, as NAMUR NE 43 draws the line at 3.6 mA. */
const RANGE_ROOM = 0.025;
/** Share of the span of training beyond its ends that is still usual. */
const USUAL_ROOM = 0.1;
/** Of all steps in training, this share must have changed something before a repetition means anything. */
const LIVELY_SHARE = 0.5;
/** A tag that stood still for longer than this in training may do so again, and for longer. */
const LONGEST_LIVELY_REPEAT = 60;
const SUSPECT_FACTOR = 2;
const STUCK_FACTOR = 4;
const LEAP_STEPS = 10;
const NOISE_SHARE = 0.1;
const MISSING_FACTOR = 2;
/** Nothing shorter is an event, however regular the training data was. */
const LEAST_FRAMES = 10;
const LEAST_SUSPECT_REPEATS = 3;

/** What there is to say about one tag. */
export interface TagKnowledge {
  readonly tag: Tag;
  /** How it was reported in training: what was learnt of repetitions and noise says nothing when that has changed. */
  readonly learntReporting: Tag["reporting"];
  /** Without it a tag is judged only by its range, its silences and what was given. */
  readonly profile: SensorProfile | undefined;
  readonly given: SensorLimits | false;
  readonly periodMs: number;
}

/** Puts together what was given, learnt and declared. */
export function tagLimits({
  tag,
  learntReporting,
  profile,
  given,
  periodMs,
}: TagKnowledge): TagLimits {
  if (given === false) return NEVER_JUDGED;
  const isSame = (tag.reporting ?? "sampled") === (learntReporting ?? "sampled");
  const lively = isSame && profile !== undefined && isLively(profile) ? profile : undefined;
  return {
    ...possibleRange(tag, profile, given),
    ...usualRange(profile),
    ...repeatLimits(lively, given, periodMs),
    ...leapLimits(profile, lively, given, periodMs),
    isLively: lively !== undefined,
    minNoise: given.minNoise ?? NOISE_SHARE * (lively?.steadyNoise ?? 0),
    isNoiseGiven: given.minNoise !== undefined,
    isOnChange: tag.reporting === "on-change",
    maxMissing: maxMissing(profile, given, periodMs),
  };
}

function isLively({ changeShare, longestUnchanged }: SensorProfile): boolean {
  return changeShare >= LIVELY_SHARE && longestUnchanged <= LONGEST_LIVELY_REPEAT;
}

const NEVER_JUDGED: TagLimits = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  usualLow: Number.NEGATIVE_INFINITY,
  usualHigh: Number.POSITIVE_INFINITY,
  isLively: false,
  suspectRepeats: Number.POSITIVE_INFINITY,
  stuckRepeats: Number.POSITIVE_INFINITY,
  isStuckGiven: false,
  usualStep: 0,
  leap: Number.POSITIVE_INFINITY,
  ratePerFrame: 0,
  minNoise: 0,
  isNoiseGiven: false,
  isOnChange: false,
  maxMissing: Number.POSITIVE_INFINITY,
};

function possibleRange(
  { range: declared }: Tag,
  profile: SensorProfile | undefined,
  { range }: SensorLimits,
): Pick<TagLimits, "low" | "high"> {
  if (range !== undefined) return { low: range[0], high: range[1] };
  if (declared === undefined) {
    return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  }
  const room = RANGE_ROOM * (declared[1] - declared[0]);
  return {
    low: Math.min(declared[0] - room, profile?.low ?? Number.POSITIVE_INFINITY),
    high: Math.max(declared[1] + room, profile?.high ?? Number.NEGATIVE_INFINITY),
  };
}

function usualRange(profile: SensorProfile | undefined): Pick<TagLimits, "usualLow" | "usualHigh"> {
  if (profile === undefined) {
    return { usualLow: Number.NEGATIVE_INFINITY, usualHigh: Number.POSITIVE_INFINITY };
  }
  const room = USUAL_ROOM * (profile.high - profile.low);
  return { usualLow: profile.low - room, usualHigh: profile.high + room };
}

function repeatLimits(
  lively: SensorProfile | undefined,
  { maxUnchangedMs }: SensorLimits,
  periodMs: number,
): Pick<TagLimits, "suspectRepeats" | "stuckRepeats" | "isStuckGiven"> {
  const longest = lively?.longestUnchanged ?? Number.POSITIVE_INFINITY;
  const stuckRepeats =
    maxUnchangedMs === undefined
      ? Math.max(LEAST_FRAMES, STUCK_FACTOR * longest)
      : maxUnchangedMs / periodMs;
  const suspectRepeats = Math.max(LEAST_SUSPECT_REPEATS, SUSPECT_FACTOR * longest + 1);
  return {
    suspectRepeats: Math.min(stuckRepeats, suspectRepeats),
    stuckRepeats,
    isStuckGiven: maxUnchangedMs !== undefined,
  };
}

/** Without a given rate: farther than any step, and farther than from one end of all that was ever seen to the other. */
function leapLimits(
  profile: SensorProfile | undefined,
  lively: SensorProfile | undefined,
  { maxRatePerS }: SensorLimits,
  periodMs: number,
): Pick<TagLimits, "usualStep" | "leap" | "ratePerFrame"> {
  const usualStep = profile?.largestStep ?? 0;
  if (maxRatePerS !== undefined) {
    const ratePerFrame = (maxRatePerS * periodMs) / 1_000;
    return { usualStep, leap: usualStep + ratePerFrame, ratePerFrame };
  }
  if (lively === undefined) return { usualStep, leap: Number.POSITIVE_INFINITY, ratePerFrame: 0 };
  const span = lively.high - lively.low;
  return { usualStep, leap: Math.max(LEAP_STEPS * usualStep, span), ratePerFrame: 0 };
}

function maxMissing(
  profile: SensorProfile | undefined,
  { maxMissingMs }: SensorLimits,
  periodMs: number,
): number {
  if (maxMissingMs !== undefined) return maxMissingMs / periodMs;
  return Math.max(LEAST_FRAMES, MISSING_FACTOR * (profile?.longestMissing ?? 0));
}

/** @throws GatewayError `CONFIG_INVALID` for a tag that there is not, and for a limit that is unknown or out of range */
export function requireSensorLimits(
  owner: string,
  limits: SensorLimitsByTag,
  tags: readonly Pick<Tag, "name">[],
): void {
  for (const [name, given] of Object.entries(limits)) {
    if (!tags.some((tag) => tag.name === name)) {
      const names = tags.map((tag) => tag.name).join(", ");
      throw new GatewayError(
        "CONFIG_INVALID",
        `${owner}: sensorFaults: expected tags of the machine (${names}), got ${name}`,
      );
    }
    if (given !== false) requireLimits(`${owner}: sensorFaults of ${name}`, given);
  }
}

function requireLimits(owner: string, given: SensorLimits): void {
  requireKnown(owner, given, [
    "range",
    "maxUnchangedMs",
    "maxRatePerS",
    "minNoise",
    "maxMissingMs",
  ]);
  const { range, ...numbers } = given;
  requireNotNegative(owner, numbers);
  if (range === undefined || range[0] < range[1]) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: range must go from low to high, got ${range[0]} to ${range[1]}`,
  );
}
