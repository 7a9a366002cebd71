import type { IncidentPattern } from "../core/label.ts";
import { type Directions, directionsOf, sharedSimilarity, similarity } from "./incident-pattern.ts";

/** A window within this cosine of a pattern looks like it: 26 degrees, as when a tag with a fifth of the score has joined it. */
export const NEAR = 0.9;
/** A window with more than so many times the score of a pattern is news, whatever it looks like. */
export const STRONGEST = 1.25;
/** A region narrower than 5 degrees is none: windows of one and the same incident differ more. */
const NARROWEST = Math.cos((5 / 180) * Math.PI);

/** Windows that are held back: a cone around a pattern, up to a score. */
export interface MuteRegion {
  /** Cosine from which on a window lies within; above 1 where nothing does, because a fault looks the same. */
  readonly nearest: number;
  readonly highestScore: number;
  readonly directions: Directions;
}

/**
 * The windows around a harmless pattern that may be held back.
 *
 * Each fault pulls the cone in to half the angle between the two, so that whatever lies within is nearer to the harmless pattern than to the fault, and
 * the fault itself, as strong or weak as it may come back, never lies within. A fault counts by the tags that both patterns have:
 * it must be found by a model that sees no others, too.
 */
export function muteRegion(
  harmless: IncidentPattern,
  faults: readonly IncidentPattern[],
): MuteRegion {
  const directions = directionsOf(harmless);
  const closest = faults.reduce(
    (highest, fault) => Math.max(highest, sharedSimilarity(fault, directions)),
    -1,
  );
  const bisector = Math.sqrt((1 + closest) / 2);
  const isVoid = bisector > NARROWEST;
  return {
    nearest: isVoid ? Number.POSITIVE_INFINITY : Math.max(NEAR, bisector),
    highestScore: STRONGEST * harmless.score,
    directions,
  };
}

export function liesWithin(pattern: IncidentPattern, region: MuteRegion): boolean {
  const { nearest, highestScore, directions } = region;
  return pattern.score <= highestScore && similarity(pattern, directions) >= nearest;
}
