import type { IncidentPattern } from "../core/label.ts";
import { partsOf } from "./incident-pattern.ts";

/** What faults look like; any number may be added. */
export interface FaultShapes {
  add(fault: IncidentPattern): void;
  /** The parts of all faults in the order of other tags, in the order in which they were added; `NaN` for a tag that a fault does not have. */
  inOrderOf(tags: readonly string[]): readonly Float64Array[];
}

export function createFaultShapes(): FaultShapes {
  const faults: IncidentPattern[] = [];
  const byTags = new Map<string, { readonly shapes: Float64Array[]; faults: number }>();
  return {
    add: (fault) => void faults.push(fault),
    inOrderOf(tags) {
      const key = JSON.stringify(tags);
      const known = byTags.get(key) ?? { shapes: [], faults: 0 };
      byTags.set(key, known);
      for (const fault of faults.slice(known.faults)) {
        for (const part of partsOf(fault)) known.shapes.push(alignedTo(tags, part));
      }
      known.faults = faults.length;
      return known.shapes;
    },
  };
}

/** The direction of a pattern in the order of other tags; `NaN` for those that it does not have. */
export function alignedTo(
  tags: readonly string[],
  { tags: own, direction }: IncidentPattern,
): Float64Array {
  if (own.length === tags.length && isSame(own, tags)) {
    return new Float64Array(direction);
  }
  const places = new Map(own.map((tag, place) => [tag, direction[place] ?? 0]));
  return new Float64Array(tags.map((tag) => places.get(tag) ?? Number.NaN));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one === other || one.every((tag, place) => tag === other[place]);
}
