/** Steps of the integration; enough for four digits. */
const STEPS = 20_000;
/** Beyond this many degrees of freedom the distribution is normal for our purposes. */
const MAX_FREEDOM = 1_000;

/**
 * The value that a Student t variable exceeds with probability `tail`.
 *
 * With `t = sqrt(n) tan(a)` the density becomes `cos(a) ** (n - 1)` up to a factor, so the tail is found by adding up from
 * `a = pi / 2` downwards, without gamma functions.
 *
 * @param tail between 0 and 0.5, one-sided
 * @param freedom degrees of freedom, 1 or more
 */
export function studentQuantile(tail: number, freedom: number): number {
  const n = Math.min(freedom, MAX_FREEDOM);
  const step = Math.PI / 2 / STEPS;
  const density = (place: number): number => Math.cos((place + 0.5) * step) ** (n - 1);
  let half = 0;
  for (let place = 0; place < STEPS; place += 1) half += density(place);
  let place = STEPS;
  for (let beyond = 0; beyond < 2 * half * tail; beyond += density(place)) place -= 1;
  return Math.sqrt(n) * Math.tan(place * step);
}
