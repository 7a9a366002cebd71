import type { AddressRange } from "../../sources/modbus/browse/browse-find.ts";

/** Ranges of addresses in one line. */
const MOST = 20;

/** `0-23, 40, 44-46`; ranges that touch each other are one. */
export function showRanges(ranges: readonly AddressRange[]): string {
  const joined: [number, number][] = [];
  for (const [first, last] of ranges) {
    const before = joined.at(-1);
    if (before && before[1] + 1 === first) before[1] = last;
    else joined.push([first, last]);
  }
  const shown = joined
    .slice(0, MOST)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const more = joined.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
