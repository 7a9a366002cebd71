import type { Calibration } from "../core/model-card.ts";
import { moments } from "../math/statistics.ts";
import { studentQuantile } from "../math/student.ts";
import { logError } from "../math/weighted-error.ts";
import type { WindowShape } from "./onnx/forward-pass.ts";

/** A tag that is reconstructed better than this (normalized units) is not weighed up any further. */
const RESIDUAL_FLOOR = 0.05;
/** Held-out errors never vary less than this (relative): a tiny sample must not make a hair trigger. */
const DEVIATION_FLOOR = 0.05;
/** No threshold lies lower, in standard deviations. */
const MIN_THRESHOLD = 4;
/** Room above the strangest held-out window. */
const HEADROOM = 1.25;
/** Chance of one more independent window to lie beyond what so few held-out windows can promise. */
const BEYOND = 0.001;
/** Fewer independent windows than this promise nothing at all; the bound is then taken as if there were so many. */
const MIN_INDEPENDENT = 4;

/**
 * Measures on held-out windows what a normal score is, and sets the threshold: above all of them, and the higher the
 * fewer they are.
 *
 * The score of a window is the number of standard deviations that the logarithm of its weighted error lies above the mean.
 *
 * @param squares shape `[windows, tags]`: squared residuals of each window, summed over its rows, normalized units
 */
export function calibrate(
  squares: Float32Array,
  { length, tags }: WindowShape,
): { calibration: Calibration; threshold: number } {
  const windows = squares.length / tags;
  const residualScale = columnSums(squares, tags).map((sum) =>
    Math.max(Math.sqrt(sum / (windows * length)), RESIDUAL_FLOOR),
  );
  const logs = new Float64Array(windows);
  for (let window = 0; window < windows; window += 1) {
    let sum = 0;
    for (let tag = 0; tag < tags; tag += 1) {
      sum += (squares[window * tags + tag] as number) / (residualScale[tag] as number) ** 2;
    }
    logs[window] = logError(sum / (length * tags));
  }
  const { mean: logMean, deviation } = moments(logs);
  const logDeviation = Math.max(deviation, DEVIATION_FLOOR);
  const highest =
    (logs.reduce((most, log) => Math.max(most, log), logMean) - logMean) / logDeviation;
  return {
    calibration: { residualScale, logMean, logDeviation, windows },
    threshold: Math.max(MIN_THRESHOLD, HEADROOM * highest, predictionBound(windows / length)),
  };
}

/**
 * Where the next normal score may lie when mean and deviation come from few windows: the upper prediction bound of a
 * normal variable, `t * sqrt(1 + 1 / n)`. Overlapping windows are no evidence of their own: `n` counts
 * those that share no frame.
 */
function predictionBound(independent: number): number {
  const n = Math.max(MIN_INDEPENDENT, Math.floor(independent));
  return studentQuantile(BEYOND, n - 1) * Math.sqrt(1 + 1 / n);
}

function columnSums(values: Float32Array, columns: number): number[] {
  const sums = new Array<number>(columns).fill(0);
  values.forEach((value, cell) => {
    sums[cell % columns] = (sums[cell % columns] as number) + value;
  });
  return sums;
}
