import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { IncidentPattern } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import { patternOf } from "../math/incident-pattern.ts";
import { createIncidentTrail, type IncidentTrail } from "../math/incident-trail.ts";

/** What the incidents that are under way look like, one of each machine. */
export interface MachineTrails {
  scored(machine: string, score: Score): void;
  /** What its windows looked like so far; forgets them once it is closed. */
  event(event: AnomalyEvent): IncidentPattern | undefined;
}

export function createMachineTrails(): MachineTrails {
  const trails = new Map<string, IncidentTrail>();
  const open = new Set<string>(); // machines with an open event
  return {
    scored(machine, { verdict, mutedBy, contributions, value, threshold }) {
      if (verdict === "anomalous" && mutedBy === undefined) {
        const trail = trails.get(machine) ?? createIncidentTrail();
        trail.push(patternOf(contributions, value, threshold));
        trails.set(machine, trail);
      } else if (verdict !== "insufficient-data" && !open.has(machine)) {
        // It was over before anybody was told.
        trails.delete(machine);
      }
    },
    event({ machine, phase }) {
      const pattern = trails.get(machine)?.pattern();
      if (phase === "closed") {
        open.delete(machine);
        trails.delete(machine);
      } else {
        open.add(machine);
      }
      return pattern;
    },
  };
}
