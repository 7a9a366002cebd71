const HOUR_MS = 3_600_000;
/** Divisors of a day, so that slots begin at the same hours every day. */
const SLOT_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;
/** A slot with room for fewer would leave no choice. */
const WORTHWHILE = 6;
/** One for each reason: with fewer, some windows could never be drawn. */
const LEAST = 3;

/** How a day's windows are shared out. */
export interface SamplingPlan {
  /** Length of a slot of time; slots begin at multiples of it since the epoch. */
  readonly slotMs: number;
  /** Windows drawn from a slot at most. */
  readonly perSlot: number;
}

/** The smallest budget that {@link planSampling} can share out, in windows a day. */
export const LEAST_PER_DAY: number = LEAST * slotsTouched(24);

/**
 * Shares out `perDay` windows over the day, in slots as short as leaves room to choose.
 *
 * Any 24 hours, whenever they begin, touch at most `24 h / slot + 1` slots, and all of these together hold `perDay` windows at most.
 *
 * @returns `undefined` when the budget is below {@link LEAST_PER_DAY}
 */
export function planSampling(perDay: number): SamplingPlan | undefined {
  if (perDay < LEAST_PER_DAY) return undefined;
  const room = (hours: number): number => Math.floor(perDay / slotsTouched(hours));
  const hours = SLOT_HOURS.find((candidate) => room(candidate) >= WORTHWHILE) ?? 24;
  return { slotMs: hours * HOUR_MS, perSlot: room(hours) };
}

function slotsTouched(hours: number): number {
  return 24 / hours + 1;
}
