import type { IncidentPattern } from "../core/label.ts";
import { alignedTo, type FaultShapes } from "./fault-shapes.ts";
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
  readonly direction: Float64Array;
  readonly highestScore: number;
  /** Cosine from which on a window lies within. */
  nearest(): number;
}

/**
 * The windows around a harmless pattern that may be held back; none where faults look the same.
 *
 * Each fault pulls a cone in to half the angle between the two, so that whatever lies within is nearer to the harmless pattern than to the fault, and
 * the fault itself, as strong or weak as it may come back, never lies within. A fault counts by the tags that both patterns have:
 * it must be found by a model that sees no others, too.
 *
 * A cone is compared with faults when it is first asked for, and with those that were added since when it is asked again: hundreds of labels have millions of such
 * pairs, and most cones no window ever comes near to.
 */
export function muteRegion(harmless: IncidentPattern, faults: FaultShapes): MuteRegion {
  const { tags } = harmless;
  const cones = partsOf(harmless).map(({ direction, score }): MuteCone => {
    const own = Float64Array.from(direction);
    let closest = -1;
    let compared = 0;
    return {
      direction: own,
      highestScore: STRONGEST * score,
      nearest() {
        const shapes = faults.inOrderOf(tags);
        for (; compared < shapes.length; compared += 1) {
          closest = Math.max(closest, sharedCosine(own, shapes[compared] as Float64Array));
        }
        return Math.max(NEAR, Math.sqrt((1 + closest) / 2));
      },
    };
  });
  return { tags, cones };
}

/** Whether faults look the same, so that nothing is held back. */
export function isVoid({ cones }: MuteRegion): boolean {
  return !cones.some((cone) => cone.nearest() <= NARROWEST);
}

export function liesWithin(window: IncidentPattern, { tags, cones }: MuteRegion): boolean {
  const aligned = alignedTo(tags, window);
  return cones.some((cone) => {
    if (window.score > cone.highestScore) return false;
    const cosine = product(cone.direction, aligned);
    if (cosine < NEAR) return false;
    const nearest = cone.nearest();
    return nearest <= NARROWEST && cosine >= nearest;
  });
}

/** Cosine of whole patterns: what only one of them has counts as different. */
function product(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < one.length; place += 1) {
    sum += (one[place] as number) * ((other[place] as number) || 0);
  }
  return sum;
}

/** Cosine in the tags that both have. 0 where the one shows nothing in the tags of the other. */
function sharedCosine(one: Float64Array, other: Float64Array): number {
  let [sum, square, otherSquare] = [0, 0, 0];
  for (let place = 0; place < one.length; place += 1) {
    const here = one[place] as number;
    const there = other[place] as number;
    if (Number.isNaN(there)) continue;
    sum += here * there;
    square += here * here;
    otherSquare += there * there;
  }
  return sum === 0 ? 0 : sum / Math.sqrt(square * otherSquare);
}
