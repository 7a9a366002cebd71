/**
 * Wraps a wall clock so that it never runs backwards.
 *
 * It follows `now`; when somebody sets that clock back, it goes on from where it was at the machine's own
 * steady pace, and stays ahead of the wall clock by that step. Sampling goes on and times stay apart.
 */
export function steadyClock(now: () => number): () => number {
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastSteadyMs = 0;
  return () => {
    const steadyMs = performance.now();
    const wallMs = now();
    lastMs = wallMs >= lastMs ? wallMs : lastMs + Math.round(steadyMs - lastSteadyMs);
    lastSteadyMs = steadyMs;
    return lastMs;
  };
}
