import type { Calibration, ModelCard, TrainingChoice } from "../../core/model-card.ts";
import { composeCard } from "../compose-card.ts";
import type { AlarmLevels } from "../learn/alarm-levels.ts";
import { framesOf } from "../learn/frame-table.ts";
import type { RecordedTags } from "../learn/read-recording.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import type { CalibratedGraph } from "./calibrate-graph.ts";
import type { ForeignModel } from "./foreign-model.ts";
import type { PackSettings } from "./pack-options.ts";
import type { PreparedWindows } from "./prepare-windows.ts";
import type { Trial } from "./try-foreign.ts";

export interface PackedResult
  extends Pick<PreparedWindows, "input" | "prepared" | "starts" | "normalizer" | "drift">,
    Pick<CalibratedGraph, "heldOut" | "loss"> {
  readonly settings: PackSettings;
  readonly normal: RecordedTags;
  readonly answer: Trial["answer"];
  readonly levels: AlarmLevels;
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
  const { settings, normal, input, prepared, levels, heldOut, loss, foreign } = result;
  const { name, version, stride } = settings;
  const { threshold, warningThreshold } = levels;
  const composed = composeCard({
    frames: framesOf(normal.table),
    tags: normal.tags,
    settings: { ...TRAINING_DEFAULTS, name, version, stride, windowLength: input.window.length },
    trainingWindows: result.starts.length,
    fitted: { epochs: 0, trainingLoss: 0, validationLoss: 0 },
    layers: [],
    threshold,
  });
  const { producer, trainedFromMs, trainedToMs, frames, trainingWindows } = composed.provenance;
  return {
    ...composed,
    ...(result.answer === "score" && scoreFields(heldOut.calibration)),
    warningThreshold,
    normalizer: result.normalizer,
    drift: result.drift,
    smoothingMs: prepared.smoothingMs,
    calibration: heldOut.calibration,
    ...(prepared.running && { running: prepared.running }),
    provenance: {
      producer,
      trainedFromMs,
      trainedToMs,
      frames,
      trainingWindows,
      ...(loss !== undefined && { validationLoss: loss }),
      packedFrom: { producer: foreign.producer, sha256: result.sha256 },
    },
    choices: choicesOf(result),
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

function choicesOf({ settings, prepared, levels, input }: PackedResult): TrainingChoice[] {
  const { normalizer } = settings;
  const leftOut = prepared.strange.reduce((sum, one) => sum + one, 0);
  return [
    ...prepared.choices,
    {
      setting: "windowLength",
      value: String(input.window.length),
      reason: settings.windowLength === undefined ? "what the graph takes" : "asked for",
    },
    {
      setting: "normalizer",
      value: typeof normalizer === "string" ? normalizer : "center and scale as given",
      reason: "asked for, or the default: only who trained the model knows",
    },
    {
      setting: "leftOutFrames",
      value: String(leftOut),
      reason:
        leftOut === 0
          ? "no frames are far stranger than the others"
          : "far stranger than the others; taken for faults in the recording",
    },
    { setting: "threshold", value: levels.threshold.toPrecision(3), reason: levels.note },
  ];
}
