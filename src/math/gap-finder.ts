/** Distances that are remembered: where strides get wider, the new one is the usual one after as many windows. */
const REMEMBERED = 4;
/** Later than so many usual distances comes what does not follow. */
const GAP = 3;

/** Takes the time of the next window, and tells whether it comes much later after the one before than windows lately have. */
export type GapFinder = (endMs: number) => boolean;

export function createGapFinder(): GapFinder {
  const distances = Array.from({ length: REMEMBERED }, () => Number.POSITIVE_INFINITY);
  const last = { endMs: Number.NaN };
  let next = 0;
  return (endMs) => {
    const distanceMs = endMs - last.endMs;
    last.endMs = endMs;
    if (!(distanceMs > 0)) return false;
    let usualMs = distanceMs;
    for (let place = 0; place < REMEMBERED; place += 1) {
      usualMs = Math.min(usualMs, distances[place] as number);
    }
    distances[next] = distanceMs;
    next = (next + 1) % REMEMBERED;
    return distanceMs > GAP * usualMs;
  };
}
