import type { Calibration } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import { moments } from "../../math/statistics.ts";
import { calibrate } from "../calibrate.ts";

/** No score lies so many standard deviations off that its power overflows. */
const FARTHEST = 80;

/**
 * Measures what scores a graph gives to normal windows, and sets the threshold by the rule of models that are trained here.
 *
 * @param scores shape `[windows]`
 * @throws GatewayError `MODEL_MISMATCH` when all scores are the same
 */
export function calibrateScores(
  scores: Float64Array,
  { length, tags }: { readonly length: number; readonly tags: number },
  model: string,
): { calibration: Calibration; threshold: number } {
  const { mean, deviation } = moments(scores);
  if (!(deviation > 0)) {
    throw new GatewayError(
      "MODEL_MISMATCH",
      `${model}: expected scores that differ from window to window, got ${mean} for each of ${scores.length}`,
      { hint: "Give out the score before it is compared with a threshold." },
    );
  }
  const powers = Float32Array.from(scores, (score) =>
    Math.exp(Math.min(FARTHEST, (score - mean) / deviation)),
  );
  const { calibration, threshold } = calibrate(powers, { length, tags: 1 });
  return {
    calibration: {
      ...calibration,
      residualScale: new Array<number>(tags).fill(1),
      logMean: mean,
      logDeviation: deviation * calibration.logDeviation,
    },
    threshold,
  };
}
