/**
 * A random wait between 0 and a bound that doubles with each attempt ("full jitter"), so that a fleet does not come
 * back all at once.
 *
 * @param attempt 0 for the first after a success
 * @param random draws from [0, 1)
 */
export function fullJitterMs(
  attempt: number,
  firstMs: number,
  maxMs: number,
  random: () => number,
): number {
  return Math.round(random() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30)));
}
