import type { Band } from "../time-axis.ts";
import { connectedBins, DRAWN_HEIGHT } from "./draw-band.ts";
import { html, type Markup } from "./html.ts";

/** Shades of a heat map, from faint to full. */
const LEVELS = 5;

/** One row of a heat map of numbers from 0 to 1: a path for each shade; what is fainter than half the faintest is left out. */
export function drawHeat({ high }: Band, length: number): Markup {
  const paths = Array.from({ length: LEVELS + 1 }, () => ({ path: "", end: 0 }));
  for (const bins of connectedBins(high, length)) {
    let from = 0;
    for (let place = 1; place <= bins.length; place += 1) {
      const level = levelAt(high, bins[from]);
      if (place < bins.length && levelAt(high, bins[place]) === level) continue;
      const start = bins[from] as number;
      const end = bins[place] ?? (bins[place - 1] as number) + 1;
      const drawn = paths[level] as (typeof paths)[number];
      drawn.path += `m${start - drawn.end} 0h${end - start}`;
      drawn.end = end;
      from = place;
    }
  }
  return html`${paths.flatMap(({ path }, level) =>
    level === 0 || path === ""
      ? []
      : [html`<path class="heat" opacity="${level / LEVELS}" d="M0 ${DRAWN_HEIGHT / 2}${path}"/>`],
  )}`;
}

function levelAt(values: Float64Array, bin: number | undefined): number {
  return Math.round(LEVELS * (values[bin ?? -1] ?? 0));
}
