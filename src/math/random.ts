/** A source of repeatable random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * Creates a generator that gives the same numbers for the same seed on every machine.
 *
 * 32-bit SplitMix (Steele, Lea and Flood 2014) and the Box-Muller transform; good for noise and shuffling, not for secrets.
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Shuffles `items` in place (Fisher-Yates). */
export function shuffle(items: Uint32Array, random: Random): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(random.uniform() * (last + 1));
    const kept = items[last] as number;
    items[last] = items[pick] as number;
    items[pick] = kept;
  }
}
