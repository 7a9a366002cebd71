import type { IncidentPattern } from "../core/label.ts";
import { partsOf } from "./incident-pattern.ts";

/** A window within this cosine of a pattern looks like it: 26 degrees, as when a tag with a fifth of the score has joined it. */
export const NEAR = 0.9;
/** A window with more than so many times the score of a pattern is news, whatever it looks like. */
export const STRONGEST = 1.25;
/** A cone narrower than 5 degrees is none: windows of one and the same incident differ more. */
const NARROWEST = Math.cos((5 / 180) * Math.PI);

/** Windows that are held back: cones around the parts of a pattern, each up to a score. */
export interface MuteRegion {
  readonly tags: readonly string[];
  readonly cones: readonly MuteCone[];
}

interface MuteCone {
  /** Cosine from which on a window lies within. */
  readonly nearest: number;
  readonly highestScore: number;
  readonly direction: readonly number[];
}

/**
 * The windows around a harmless pattern that may be held back; no cones where faults look the same.
 *
 * Each fault pulls a cone in to half the angle between the two, so that whatever lies within is nearer to the harmless pattern than to the fault, and
 * the fault itself, as strong or weak as it may come back, never lies within. A fault counts by the tags that both patterns have:
 * it must be found by a model that sees no others, too.
 */
export function muteRegion(
  harmless: IncidentPattern,
  faults: readonly IncidentPattern[],
): MuteRegion {
  const { tags } = harmless;
  const seen = faults.flatMap(partsOf).map((fault) => alignedTo(tags, fault));
  const cones = partsOf(harmless).map(({ direction, score }): MuteCone => {
    const closest = seen.reduce(
      (most, fault) => Math.max(most, sharedCosine(direction, fault)),
      -1,
    );
    const nearest = Math.max(NEAR, Math.sqrt((1 + closest) / 2));
    return { nearest, highestScore: STRONGEST * score, direction };
  });
  return { tags, cones: cones.filter(({ nearest }) => nearest <= NARROWEST) };
}

export function liesWithin(window: IncidentPattern, { tags, cones }: MuteRegion): boolean {
  const aligned = alignedTo(tags, window);
  return cones.some(
    ({ nearest, highestScore, direction }) =>
      window.score <= highestScore && product(direction, aligned) >= nearest,
  );
}

/** The direction of a pattern in the order of other tags; `NaN` for those that it does not have. */
function alignedTo(
  tags: readonly string[],
  { tags: own, direction }: IncidentPattern,
): readonly number[] {
  if (own.length === tags.length && own.every((tag, place) => tag === tags[place]))
    return direction;
  const places = new Map(own.map((tag, place) => [tag, direction[place] ?? 0]));
  return tags.map((tag) => places.get(tag) ?? Number.NaN);
}

/** Cosine of whole patterns: what only one of them has counts as different. */
function product(one: readonly number[], other: readonly number[]): number {
  let sum = 0;
  for (let place = 0; place < one.length; place += 1) {
    sum += (one[place] as number) * ((other[place] as number) || 0);
  }
  return sum;
}

/** Cosine in the tags that both have. 0 where the one shows nothing in the tags of the other. */
function sharedCosine(one: readonly number[], other: readonly number[]): number {
  let [sum, square, otherSquare] = [0, 0, 0];
  for (let place = 0; place < one.length; place += 1) {
    const [here, there] = [one[place] as number, other[place] as number];
    if (Number.isNaN(there)) continue;
    sum += here * there;
    square += here * here;
    otherSquare += there * there;
  }
  return sum === 0 ? 0 : sum / Math.sqrt(square * otherSquare);
}
