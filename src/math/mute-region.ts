import type { IncidentPattern } from "../core/label.ts";
import {
  type Directions,
  directionsOf,
  partsOf,
  sharedSimilarity,
  similarity,
} from "./incident-pattern.ts";

/** A window within this cosine of a pattern looks like it: 26 degrees, as when a tag with a fifth of the score has joined it. */
export const NEAR = 0.9;
/** A window with more than so many times the score of a pattern is news, whatever it looks like. */
export const STRONGEST = 1.25;
/** A cone narrower than 5 degrees is none: windows of one and the same incident differ more. */
const NARROWEST = Math.cos((5 / 180) * Math.PI);

/** Windows that are held back: cones around the parts of a pattern, each up to a score. */
export type MuteRegion = readonly MuteCone[];

interface MuteCone {
  /** Cosine from which on a window lies within. */
  readonly nearest: number;
  readonly highestScore: number;
  readonly directions: Directions;
}

/**
 * The windows around a harmless pattern that may be held back; none where faults look the same.
 *
 * Each fault pulls a cone in to half the angle between the two, so that whatever lies within is nearer to the harmless pattern than to the fault, and
 * the fault itself, as strong or weak as it may come back, never lies within. A fault counts by the tags that both patterns have:
 * it must be found by a model that sees no others, too.
 */
export function muteRegion(
  harmless: IncidentPattern,
  faults: readonly IncidentPattern[],
): MuteRegion {
  const faultParts = faults.flatMap(partsOf);
  return partsOf(harmless)
    .map((part): MuteCone => {
      const directions = directionsOf(part);
      const closest = faultParts.reduce(
        (highest, fault) => Math.max(highest, sharedSimilarity(fault, directions)),
        -1,
      );
      const nearest = Math.max(NEAR, Math.sqrt((1 + closest) / 2));
      return { nearest, highestScore: STRONGEST * part.score, directions };
    })
    .filter(({ nearest }) => nearest <= NARROWEST);
}

export function liesWithin(window: IncidentPattern, region: MuteRegion): boolean {
  return region.some(
    ({ nearest, highestScore, directions }) =>
      window.score <= highestScore && similarity(window, directions) >= nearest,
  );
}
