import type { Random } from "../math/random.ts";

const LEVELS = [0.35, 0.65, 0.95, 0.65] as const;
const LEVEL_JITTER = 0.01;
const HOLD_S = 15; // four levels: a cycle of about a minute
const HOLD_JITTER_S = 0.75;
const RAMP_S = 5;

/** How much the plant behind the skid wants, 0 to 1. */
export interface Demand {
  /** Goes on by `dtS` seconds and gives the demand there. */
  next(dtS: number): number;
}

/** Creates a load cycle of about 60 s: four levels with smooth ramps, no two cycles quite the same. */
export function createDemand(random: Random): Demand {
  const jitter = (spread: number) => (2 * random.uniform() - 1) * spread;
  let index = 0;
  let from: number = LEVELS[0];
  let to: number = LEVELS[0];
  let sinceS = 0;
  let holdS = HOLD_S;

  return {
    next(dtS) {
      sinceS += dtS;
      if (sinceS >= holdS) {
        sinceS -= holdS;
        holdS = HOLD_S + jitter(HOLD_JITTER_S);
        index = (index + 1) % LEVELS.length;
        from = to;
        to = (LEVELS[index] as number) + jitter(LEVEL_JITTER);
      }
      const way = Math.min(1, sinceS / RAMP_S);
      return from + (to - from) * way * way * (3 - 2 * way);
    },
  };
}
