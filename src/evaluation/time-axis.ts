/** The lowest and highest of what fell into each bin of a time axis; `NaN` where nothing did. */
export interface Band {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Time in bins of equal width, and bands over it. */
export interface TimeAxis {
  /** Adds an empty band. */
  addBand(): Band;
  /** Puts a value in its bin; `NaN`, and times before the first one of all, are passed over. */
  put(band: Band, timeMs: number, value: number): void;
  /** Time at which the first bin begins; `NaN` before the first value. */
  startMs(): number;
  binMs(): number;
  /** Bins from the first value to the last one. */
  length(): number;
}

/** So many bins at most: a picture has no more pixels, and a closer look still shows more than the whole. */
const CAPACITY = 3_000;

/**
 * Creates an axis that begins with its first value and grows with its last one, in constant memory: when the bins run out,
 * each two become one. So a second has a bin of its own in a short trace, and in one of a day half a minute has.
 *
 * @param binMs width of a bin in the beginning, above zero
 */
export function createTimeAxis(binMs: number): TimeAxis {
  const bands: Band[] = [];
  let widthMs = binMs;
  let firstMs = Number.NaN;
  let length = 0;
  return {
    addBand() {
      const band = { low: emptyBins(), high: emptyBins() };
      bands.push(band);
      return band;
    },
    put({ low, high }, timeMs, value) {
      if (Number.isNaN(value)) return;
      if (Number.isNaN(firstMs)) firstMs = timeMs;
      if (timeMs < firstMs) return;
      while (timeMs - firstMs >= CAPACITY * widthMs) {
        widthMs *= 2;
        length = (length + 1) >> 1;
        for (const band of bands) foldInTwo(band);
      }
      const bin = Math.floor((timeMs - firstMs) / widthMs);
      length = Math.max(length, bin + 1);
      low[bin] = lower(low[bin] as number, value);
      high[bin] = higher(high[bin] as number, value);
    },
    startMs: () => firstMs,
    binMs: () => widthMs,
    length: () => length,
  };
}

function emptyBins(): Float64Array {
  return new Float64Array(CAPACITY).fill(Number.NaN);
}

function foldInTwo({ low, high }: Band): void {
  for (let bin = 0; bin < CAPACITY; bin += 1) {
    low[bin] = lower(low[2 * bin] ?? Number.NaN, low[2 * bin + 1] ?? Number.NaN);
    high[bin] = higher(high[2 * bin] ?? Number.NaN, high[2 * bin + 1] ?? Number.NaN);
  }
}

function lower(a: number, b: number): number {
  return b < a || Number.isNaN(a) ? b : a;
}

function higher(a: number, b: number): number {
  return b > a || Number.isNaN(a) ? b : a;
}
