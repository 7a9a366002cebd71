import type { Band } from "../time-axis.ts";

/** Heights of a drawing: 0 for the highest value, this for the lowest. */
export const DRAWN_HEIGHT = 1_000;

/** The values between which a drawing is made. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

/** The lowest and highest value of a band; 0 and 0 where there is none. */
export function scaleOf({ low, high }: Band): Scale {
  const scale = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  for (const value of low) if (value < scale.low) scale.low = value;
  for (const value of high) if (value > scale.high) scale.high = value;
  return scale.low <= scale.high ? scale : { low: 0, high: 0 };
}

/**
 * The outline of a band as an SVG path, one bin per unit to the right: there along the highest values, and back along the lowest, so
 * that it can be read back (the script of the report does). Values outside of the scale lie on its edge.
 */
export function bandPath({ low, high }: Band, length: number, scale: Scale): string {
  return connectedBins(high, length)
    .map((bins) => {
      const there = bins.map((bin) => [bin, heightOf(high[bin] as number, scale)] as const);
      const back = bins.map((bin) => [bin, heightOf(low[bin] as number, scale)] as const).reverse();
      return `${path([...there, ...back])}z`;
    })
    .join("");
}

/** The highest values of a band as a single line, so that it can be dashed. */
export function linePath({ high }: Band, length: number, scale: Scale): string {
  return connectedBins(high, length)
    .map((bins) => path(bins.map((bin) => [bin, heightOf(high[bin] as number, scale)])))
    .join("");
}

/**
 * The bins that are drawn without a break: scores may come less often than there are bins, so a break is more than three usual
 * distances wide.
 */
export function connectedBins(values: Float64Array, length: number): number[][] {
  const filled: number[] = [];
  for (let bin = 0; bin < length; bin += 1) if (!Number.isNaN(values[bin])) filled.push(bin);
  const steps = filled.slice(1).map((bin, place) => bin - (filled[place] as number));
  const usual = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 1;
  const runs: number[][] = [];
  filled.forEach((bin, place) => {
    if (place > 0 && (steps[place - 1] as number) <= 3 * usual) runs.at(-1)?.push(bin);
    else runs.push([bin]);
  });
  return runs;
}

function heightOf(value: number, { low, high }: Scale): number {
  if (high === low) return DRAWN_HEIGHT / 2;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return Math.round(DRAWN_HEIGHT * (1 - share));
}

/** Relative moves, which are short. */
function path(points: readonly (readonly [x: number, y: number])[]): string {
  let [lastX, lastY] = points[0] ?? [0, 0];
  const moves = points.slice(1).map(([x, y]) => {
    const move = `${x - lastX} ${y - lastY}`;
    [lastX, lastY] = [x, y];
    return move;
  });
  return `M${points[0]?.join(" ")}l${moves.join(" ")}`;
}
