import { createRandom } from "../../math/random.ts";
import type { KeptWindow } from "./kept-windows.ts";

/**
 * Draws from windows that were kept with different chances, so that they are kept with the same one: what was over-sampled is thinned until it has the share
 * that it has in operation, or until `atLeast` windows are left. A window stays with the chance `min(1, most / inclusionProbability)`, so that in the end it was kept
 * with the chance `min(most, inclusionProbability)`; `most` is as small as `atLeast` allows (Poisson sampling, Hájek 1964).
 *
 * What people have called a false alarm stays whatever its chance was.
 *
 * @param windows in time order, as the result
 */
export function drawAlike(
  windows: readonly KeptWindow[],
  { atLeast, seed }: { readonly atLeast: number; readonly seed: number },
): readonly KeptWindow[] {
  const sampled = windows.filter(({ verdict }) => verdict === undefined);
  const most = highestChance(
    sampled.map(({ inclusionProbability }) => inclusionProbability),
    atLeast - (windows.length - sampled.length),
  );
  const random = createRandom(seed);
  return windows.filter(
    ({ verdict, inclusionProbability }) =>
      verdict !== undefined || random.uniform() * inclusionProbability < most,
  );
}

/** Halvings of the interval: it is then shorter than any chance that matters. */
const HALVINGS = 60;

/** The smallest chance that leaves so many on average, and none below the smallest there is. */
function highestChance(chances: readonly number[], atLeast: number): number {
  const left = (most: number): number =>
    chances.reduce((sum, chance) => sum + Math.min(1, most / chance), 0);
  let low = chances.reduce((a, b) => Math.min(a, b), 1);
  let high = 1;
  if (left(low) >= atLeast) return low;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (left(middle) >= atLeast) high = middle;
    else low = middle;
  }
  return high;
}
