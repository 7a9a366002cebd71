import type { Frame } from "../core/frame.ts";

/** Where a frame stands on its grid. */
export type Instant = Pick<Frame, "timeMs" | "periodMs">;

/**
 * Number of the grid instant at which a frame stands: `timeMs / periodMs`. Rounded, because with a period such as 33.3
 * the product that made `timeMs` is off by a float rounding.
 */
export function slotOf({ timeMs, periodMs }: Instant): number {
  return Math.round(timeMs / periodMs);
}

/** Whether `frame` is the very next one after `before` on the same grid. */
export function follows(before: Instant | undefined, frame: Instant): boolean {
  return (
    before !== undefined &&
    before.periodMs === frame.periodMs &&
    slotOf(frame) - slotOf(before) === 1
  );
}

/** Share of a period by which a reading may lie behind an instant and still count for it; far above any float rounding. */
const TOLERANCE = 1e-4;

/** Number of the first grid instant at or after `timeMs`: the frame that a reading of that time belongs to. */
export function slotFor(timeMs: number, periodMs: number): number {
  const place = timeMs / periodMs;
  const nearest = Math.round(place);
  return Math.abs(place - nearest) < TOLERANCE ? nearest : Math.ceil(place);
}
