/** Draws a number for a moment: uniform in [0, 1), the same for the same key and moment, on every machine. */
export type Lot = (timeMs: number) => number;

/**
 * Creates a lottery whose draws look independent from one millisecond to the next, and from one key to the next.
 *
 * Two 32-bit FNV-1a hashes of the key, finished with the time by the mixer of MurmurHash3 (Appleby 2011). Not for secrets.
 */
export function createLot(key: string): Lot {
  const first = fnv1a(key, 0x811c9dc5);
  const second = fnv1a(key, mix(first));
  return (timeMs) => {
    const low = timeMs | 0;
    const high = Math.floor(timeMs / 2 ** 32) | 0;
    const upper = mix(mix(first ^ low) ^ high);
    const lower = mix(mix(second ^ low) ^ upper);
    return ((upper >>> 5) * 2 ** 26 + (lower >>> 6)) / 2 ** 53;
  };
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let place = 0; place < text.length; place += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  return hash;
}

function mix(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
