import type { IncidentPattern, PatternPart } from "../core/label.ts";
import { directionsOf, similarity } from "./incident-pattern.ts";
import { NEAR } from "./mute-region.ts";

/** Incidents of a simulated skid, recovery included, took 11 to 33; the last of these are small. */
const MOST_PARTS = 16;

/** What the windows of an incident looked like, one after the other: it begins in one tag, and is over in others. */
export interface IncidentTrail {
  /** Takes the pattern of a window in. */
  push(window: IncidentPattern): void;
  /** The pattern of the whole, with the tags of the highest window; `undefined` before the first. */
  pattern(): IncidentPattern | undefined;
}

/**
 * Creates the trail of one incident. A window that is near to none of the parts so far begins a new one, so that every window is near to a part
 * (leader clustering, Hartigan 1975), for as long as there is room; a part knows the highest score of the windows near to it.
 */
export function createIncidentTrail(): IncidentTrail {
  const parts: IncidentPattern[] = [];
  let highest: IncidentPattern | undefined;
  return {
    push(window) {
      if (window.score > (highest?.score ?? Number.NEGATIVE_INFINITY)) highest = window;
      const directions = directionsOf(window);
      const place = parts.findIndex((part) => similarity(part, directions) >= NEAR);
      const near = parts[place];
      if (near) parts[place] = { ...near, score: Math.max(near.score, window.score) };
      else if (parts.length < MOST_PARTS) parts.push(window);
    },
    pattern() {
      if (highest === undefined) return undefined;
      const { parts: _, ...whole } = highest;
      const isAll = parts.every(({ direction }) => direction === whole.direction);
      return isAll ? whole : { ...whole, parts: parts.map((part) => inOrder(part, whole)) };
    },
  };
}

function inOrder(part: IncidentPattern, { tags }: IncidentPattern): PatternPart {
  const directions = directionsOf(part);
  const direction = tags.map((tag) => Math.round(1000 * (directions.get(tag) ?? 0)) / 1000);
  return { direction, score: part.score };
}
