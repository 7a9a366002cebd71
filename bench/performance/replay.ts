import type { Frame } from "wheeltapper";
import { createPlant, MACHINES_PER_FAULT, TAGS } from "./plant.ts";

/** Frames that are made of each kind of machine; then they come again. */
export const CYCLE = 128;

/** Frames of many machines without end. */
export interface Replay {
  readonly machines: number;
  /** A frame that is lent: the next one of this machine is the same object, written anew, as a gateway's is. */
  lend(machine: number, step: number): Frame;
  /** A frame that may be kept. */
  give(machine: number, step: number): Frame;
}

/**
 * Frames of as many kinds of machines as are needed for one that has a fault; the others have the values of one of these. So few that they stay in
 * the cache, as frames do that were just measured: what is timed is the road, not the recording.
 */
export function createReplay(machines: number, periodMs: number, faults = true): Replay {
  const kinds = createPlant(Math.min(machines, MACHINES_PER_FAULT), CYCLE, periodMs, faults);
  const recordings = kinds.map((frames) =>
    Float64Array.from(frames.flatMap(({ values }) => [...values])),
  );
  const sourceOf = (machine: number, step: number): Frame =>
    kinds[machine % kinds.length]?.[step % CYCLE] as Frame;
  const lent = Array.from({ length: machines }, (_, machine) => ({
    frame: { ...sourceOf(machine, 0), values: new Float64Array(TAGS) },
    recording: recordings[machine % kinds.length] as Float64Array,
  }));
  return {
    machines,
    lend(machine, step) {
      const { frame, recording } = lent[machine] as (typeof lent)[number];
      frame.timeMs = step * periodMs;
      const first = (step % CYCLE) * TAGS;
      for (let tag = 0; tag < TAGS; tag += 1) frame.values[tag] = recording[first + tag] as number;
      return frame;
    },
    give: (machine, step) => ({ ...sourceOf(machine, step), timeMs: step * periodMs }),
  };
}
