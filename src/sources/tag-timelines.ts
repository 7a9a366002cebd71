import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";

/** What one subscription has delivered of each tag. */
export interface TagTimelines {
  /**
   * Gives the reading as it may be delivered, or `undefined` when the device's own time of that tag ran backwards.
   */
  admit(reading: Reading): Reading | undefined;
  /**
   * A bad reading without a time of the device's own, stamped just after the tag's last one (`nowMs` when there was none):
   * whatever the device serves later is newer, however old its stamp and however wrong its clock.
   */
  blank(tag: string, nowMs: number, statusCode?: number): Reading;
  /** A bad reading for every tag that has a value or was never read. */
  lose(nowMs: number): readonly Reading[];
  /** Whether the newest reading of any tag is good or uncertain. */
  hasValue(): boolean;
  /** Whether the newest reading of every tag is bad; a tag that was never read is neither. */
  hasNothing(): boolean;
}

export function tagTimelines(tags: readonly Tag[]): TagTimelines {
  const deviceMs = new Map<string, number>(); // newest time that the device gave
  const deliveredMs = new Map<string, number>();
  const unknown = new Set<string>(); // newest reading is bad
  const valued = new Set<string>();

  const note = ({ tag, timeMs, quality }: Reading): void => {
    deliveredMs.set(tag, timeMs);
    (quality === "bad" ? unknown : valued).add(tag);
    (quality === "bad" ? valued : unknown).delete(tag);
  };

  const blank = (tag: string, nowMs: number, statusCode?: number): Reading => {
    const lastMs = deliveredMs.get(tag);
    const timeMs = lastMs === undefined ? nowMs : lastMs + 1;
    const code = statusCode === undefined ? {} : { statusCode };
    const reading: Reading = { tag, timeMs, value: Number.NaN, quality: "bad", ...code };
    note(reading);
    return reading;
  };

  return {
    admit(reading) {
      const { tag, timeMs } = reading;
      if (timeMs < (deviceMs.get(tag) ?? Number.NEGATIVE_INFINITY)) return undefined;
      deviceMs.set(tag, timeMs);
      const admitted = { ...reading, timeMs: Math.max(timeMs, deliveredMs.get(tag) ?? timeMs) };
      note(admitted);
      return admitted;
    },
    blank,
    lose: (nowMs) =>
      tags.filter(({ name }) => !unknown.has(name)).map(({ name }) => blank(name, nowMs)),
    hasValue: () => valued.size > 0,
    hasNothing: () => unknown.size === tags.length,
  };
}
