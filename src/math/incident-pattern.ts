import type { IncidentPattern } from "../core/label.ts";
import type { Contribution } from "../core/score.ts";

/**
 * What an incident, or one window, looks like. The root of the shares has length 1 whatever the number of tags; the product of two such
 * directions is the coefficient of Bhattacharyya (1943) of their shares, with a minus wherever a tag was too high in one and too low
 * in the other.
 *
 * @param contributions as scores, events and captures have them; where nothing was measured, the tag's direction is 0
 */
export function patternOf(
  contributions: readonly Contribution[],
  score: number,
  threshold: number,
): IncidentPattern {
  return {
    tags: contributions.map(({ tag }) => tag),
    direction: contributions.map(
      ({ share, actual, expected, deviation = actual - expected }) =>
        Math.sqrt(Math.max(0, share)) * (Math.sign(deviation) || 0),
    ),
    score,
    threshold,
  };
}

/** Each part of a pattern as a pattern of its own, and the whole as one of them. */
export function partsOf({ parts = [], ...whole }: IncidentPattern): readonly IncidentPattern[] {
  return [whole, ...parts.map((part) => ({ ...whole, ...part }))];
}

/** A pattern by the names of its tags, so that others are compared with it whatever the order of theirs. */
export type Directions = ReadonlyMap<string, number>;

export function directionsOf({ tags, direction }: IncidentPattern): Directions {
  return new Map(tags.map((tag, place) => [tag, direction[place] ?? 0]));
}

/**
 * Cosine of two patterns, -1 to 1; 1 for the same. What only one of them has counts as different, as does a tag of which the direction is unknown.
 */
export function similarity({ tags, direction }: IncidentPattern, other: Directions): number {
  let product = 0;
  for (const [place, tag] of tags.entries()) {
    product += (direction[place] ?? 0) * (other.get(tag) ?? 0);
  }
  return product;
}
