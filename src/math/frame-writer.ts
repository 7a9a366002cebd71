import type { Frame } from "../core/frame.ts";
import type { TagReadings } from "./frame-drafts.ts";
import { createFrameSheet } from "./frame-sheet.ts";

export interface FrameWriterOptions {
  /** Shape `[tags]`: whether a value stands until another comes, see {@link Tag.reporting}. */
  readonly onChange: readonly boolean[];
  readonly periodMs: number;
  /** A value older than this is unknown, unless it stands. */
  readonly maxAgeMs: number;
  /** How long values stand after the last reading of any tag. */
  readonly standMs: number;
}

/** Creates what writes the readings that are held at some instant as a frame, which is lent; nothing where nothing is known. */
export function createFrameWriter(
  options: FrameWriterOptions,
): (held: TagReadings, timeMs: number) => Frame | undefined {
  const { onChange, periodMs, maxAgeMs, standMs } = options;
  const { values, agesMs, bad, frameAt } = createFrameSheet(onChange.length);
  const isAnyOnChange = onChange.includes(true);

  /** Writes a cell; whether anything is known there. */
  const writeValue = (tag: number, value: number, ageMs: number): boolean => {
    const isKnown = ageMs <= maxAgeMs && !Number.isNaN(value);
    values[tag] = isKnown ? value : Number.NaN;
    agesMs[tag] = isKnown ? ageMs : Number.POSITIVE_INFINITY;
    return isKnown;
  };

  return (held, timeMs) => {
    const doStand = isAnyOnChange && timeMs - newestOf(held.timesMs) <= standMs;
    let known = 0;
    let marked = 0;
    for (let tag = 0; tag < values.length; tag += 1) {
      const value = held.values[tag] as number;
      const heldMs = held.timesMs[tag] as number;
      const ageMs = doStand && onChange[tag] === true ? 0 : timeMs - heldMs;
      known += Number(writeValue(tag, value, ageMs));
      bad[tag] = Number(isBad(value, heldMs, held.badMs[tag] as number));
      marked += bad[tag] as number;
    }
    return known === 0 ? undefined : frameAt(timeMs, periodMs, marked > 0);
  };
}

/** Whether the newest reading of a tag was bad. */
function isBad(value: number, heldMs: number, badMs: number): boolean {
  return badMs > heldMs || (heldMs > Number.NEGATIVE_INFINITY && Number.isNaN(value));
}

function newestOf(timesMs: Float64Array): number {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (let tag = 0; tag < timesMs.length; tag += 1) {
    newestMs = Math.max(newestMs, timesMs[tag] as number);
  }
  return newestMs;
}
