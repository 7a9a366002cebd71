import type { Calibration, ModelCard, Normalizer } from "../../core/model-card.ts";
import { composeCard } from "../compose-card.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import type { ForeignModel } from "./foreign-model.ts";
import type { NormalFrames } from "./normal-windows.ts";
import type { PackSettings } from "./pack-options.ts";
import type { Trial } from "./try-foreign.ts";

export interface PackedResult {
  readonly settings: PackSettings;
  readonly normal: NormalFrames;
  readonly windowLength: number;
  /** First rows of the windows that it was calibrated on. */
  readonly starts: Uint32Array;
  readonly answer: Trial["answer"];
  readonly normalizer: Normalizer;
  readonly calibration: Calibration;
  readonly threshold: number;
  /** Mean squared residual of a cell, normalized units; absent where the graph gives scores. */
  readonly loss?: number;
  readonly foreign: ForeignModel;
  /** Of the foreign file. */
  readonly sha256: string;
}

/** Golden scores may be off by this share of the usual deviation of scores. */
const SCORE_TOLERANCE = 0.01;
/** ... and by this share of their size, which is as well as float32 adds up. */
const ROUNDING = 1e-5;

/** The card of a model that was trained elsewhere: as of one trained here, but for what only training can know. */
export function composePackedCard(result: PackedResult): Omit<ModelCard, "golden"> {
  const { settings, normal, windowLength, starts, threshold, loss, foreign } = result;
  const { name, version, stride } = settings;
  const composed = composeCard({
    ...normal,
    settings: { ...TRAINING_DEFAULTS, name, version, stride, windowLength },
    trainingWindows: starts.length,
    fitted: { epochs: 0, trainingLoss: 0, validationLoss: 0 },
    layers: [],
    threshold,
  });
  const { producer, trainedFromMs, trainedToMs, frames, trainingWindows } = composed.provenance;
  return {
    ...composed,
    ...(result.answer === "score" && scoreFields(result.calibration)),
    normalizer: result.normalizer,
    calibration: result.calibration,
    provenance: {
      producer,
      trainedFromMs,
      trainedToMs,
      frames,
      trainingWindows,
      ...(loss !== undefined && { validationLoss: loss }),
      packedFrom: { producer: foreign.producer, sha256: result.sha256 },
    },
  };
}

/** Scores of a graph are in whatever unit it likes, unlike reconstructions: so is what golden ones may be off by. */
function scoreFields({
  logMean,
  logDeviation,
}: Calibration): Pick<ModelCard, "output" | "goldenTolerance"> {
  const goldenTolerance = Math.max(SCORE_TOLERANCE * logDeviation, ROUNDING * Math.abs(logMean));
  return { output: "score", goldenTolerance };
}
