import type { TimeAxis } from "../time-axis.ts";
import { html, type Markup } from "./html.ts";

/** A piece of time, in epoch milliseconds. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Stretches of time as boxes of full height; those closer together than a bin are one, none is too narrow to be seen. */
export function drawStretches(
  axis: TimeAxis,
  stretches: readonly Stretch[],
  kind: string,
  [top, height]: readonly [top: number, height: number],
): Markup {
  const placeOf = (timeMs: number): number => (timeMs - axis.startMs()) / axis.binMs();
  return html`${joined(stretches, axis.binMs()).map(({ fromMs, toMs }) => {
    const width = Math.max(placeOf(toMs) - placeOf(fromMs), axis.length() / NARROWEST);
    return html`<rect class="${kind}" x="${placeOf(fromMs).toFixed(1)}" width="${width.toFixed(1)}" y="${top}" height="${height}"/>`;
  })}`;
}

/** Part of the whole picture, as a divisor. */
const NARROWEST = 500;

/** What belongs to a stretch of both. */
export function commonStretches(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const fromMs = Math.max(one.fromMs, other.fromMs);
      const toMs = Math.min(one.toMs, other.toMs);
      return fromMs < toMs ? [{ fromMs, toMs }] : [];
    }),
  );
}

function joined(stretches: readonly Stretch[], gapMs: number): Stretch[] {
  const drawn: { readonly fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of stretches) {
    const before = drawn.at(-1);
    if (before !== undefined && fromMs - before.toMs < gapMs) before.toMs = toMs;
    else drawn.push({ fromMs, toMs });
  }
  return drawn;
}
