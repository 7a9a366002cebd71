import type { Frame } from "wheeltapper";
import { createPlant } from "./plant.ts";

/** Frames of each machine that are made; then they come again. So few that they stay in the cache, as frames do that were just measured. */
export const CYCLE = 128;

/** Frames of many machines without end. */
export interface Replay {
  readonly machines: number;
  /** A frame that is lent: the next one of this machine is the same object. */
  lend(machine: number, step: number): Frame;
  /** A frame that may be kept. */
  give(machine: number, step: number): Frame;
}

export function createReplay(machines: number, periodMs: number, faults = true): Replay {
  const plant = createPlant(machines, CYCLE, periodMs, faults);
  const sourceOf = (machine: number, step: number): Frame =>
    plant[machine]?.[step % CYCLE] as Frame;
  const lent = plant.map((_, machine): { -readonly [Part in keyof Frame]: Frame[Part] } => ({
    ...sourceOf(machine, 0),
  }));
  return {
    machines,
    lend(machine, step) {
      const frame = lent[machine] as (typeof lent)[number];
      frame.timeMs = step * periodMs;
      frame.values = sourceOf(machine, step).values;
      return frame;
    },
    give: (machine, step) => ({ ...sourceOf(machine, step), timeMs: step * periodMs }),
  };
}
