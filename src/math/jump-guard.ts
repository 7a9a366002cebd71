import type { Reading } from "../core/reading.ts";
import type { ReadingLane } from "./reading-lane.ts";

/** Holds back a reading from the far future until the next one has confirmed it. */
export interface JumpGuard {
  pass(lane: ReadingLane, reading: Reading): void;
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
  accept: (lane: ReadingLane, reading: Reading) => void,
  drop: (reading: Reading, why: "time-jump") => void,
): JumpGuard {
  let newestMs = Number.NaN; // NaN before the first reading, which cannot be ahead of anything
  let suspect: { readonly lane: ReadingLane; readonly reading: Reading } | undefined;

  const believe = (lane: ReadingLane, reading: Reading): void => {
    newestMs = Number.isNaN(newestMs) ? reading.timeMs : Math.max(newestMs, reading.timeMs);
    accept(lane, reading);
  };
  const settle = (confirmed: boolean): void => {
    const held = suspect;
    suspect = undefined;
    if (held === undefined) return;
    if (confirmed) believe(held.lane, held.reading);
    else drop(held.reading, "time-jump");
  };

  return {
    pass(lane, reading) {
      if (suspect) settle(Math.abs(reading.timeMs - suspect.reading.timeMs) <= jumpMs);
      if (reading.timeMs - newestMs > jumpMs) suspect = { lane, reading };
      else believe(lane, reading);
    },
    flush: () => settle(true),
  };
}
