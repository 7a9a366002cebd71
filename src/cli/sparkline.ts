const BARS = "▁▂▃▄▅▆▇█";

/** Draws numbers as one line of bars, at most `width` wide; each bar is the highest of the numbers it stands for. */
export function sparkline(values: readonly number[], width: number, top: number): string {
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
    const highest = Math.max(...values.slice(from, to));
    const level = Math.round((highest / top) * (BARS.length - 1));
    return BARS[Math.min(BARS.length - 1, Math.max(0, level))];
  }).join("");
}
