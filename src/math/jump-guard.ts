import type { Reading } from "../core/reading.ts";

/** Holds back a reading from the far future until the next one has confirmed it. */
export interface JumpGuard {
  pass(tag: number, reading: Reading): void;
  /** Lets go of what is held back: no other reading will come. */
  flush(): void;
}

/**
 * Creates a guard before `accept`.
 *
 * A reading more than `jumpMs` ahead of all that were accepted waits. If the next one is about as far ahead, there was a gap, and
 * both pass in order; if not, the clock behind the first was wrong, and it is dropped.
 */
export function createJumpGuard(
  jumpMs: number,
  accept: (tag: number, reading: Reading) => void,
  drop: (reading: Reading, why: "time-jump") => void,
): JumpGuard {
  const seen = { newestMs: Number.NaN }; // NaN before the first reading, which cannot be ahead of anything
  let suspect: { readonly tag: number; readonly reading: Reading } | undefined;

  const believe = (tag: number, reading: Reading): void => {
    if (!(reading.timeMs <= seen.newestMs)) seen.newestMs = reading.timeMs;
    accept(tag, reading);
  };
  const settle = (confirmed: boolean): void => {
    const held = suspect;
    suspect = undefined;
    if (held === undefined) return;
    if (confirmed) believe(held.tag, held.reading);
    else drop(held.reading, "time-jump");
  };

  return {
    pass(tag, reading) {
      if (suspect) settle(Math.abs(reading.timeMs - suspect.reading.timeMs) <= jumpMs);
      if (reading.timeMs - seen.newestMs > jumpMs) suspect = { tag, reading };
      else believe(tag, reading);
    },
    flush: () => settle(true),
  };
}
