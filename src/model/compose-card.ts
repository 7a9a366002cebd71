import type { Frame } from "../core/frame.ts";
import type { EventRule, ModelCard } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { measureSensors } from "../math/sensor-profile.ts";
import { CARD_FORMAT } from "./card-schema.ts";
import type { FittedNetwork } from "./fit-network.ts";
import type { Layers } from "./onnx/network.ts";
import type { TrainingSettings } from "./training-options.ts";

/** Windows may have this share of the usual coverage before they are `insufficient-data`. */
export const MIN_COVERAGE_SHARE = 0.5;
/** A score must stay strange for so many strides before an event opens, and normal before it closes. */
export const DELAY_STRIDES = { on: 2, off: 5 } as const;
/** Deadband as a share of the threshold. */
const DEADBAND_SHARE = 0.1;

export interface TrainingResult {
  readonly frames: readonly Frame[];
  readonly tags: readonly Tag[];
  readonly settings: TrainingSettings & { readonly windowLength: number };
  readonly trainingWindows: number;
  readonly fitted: Pick<FittedNetwork, "epochs" | "trainingLoss" | "validationLoss">;
  readonly layers: Layers;
  readonly threshold: number;
}

/**
 * Writes down where a model comes from and how it is to be used.
 *
 * There is no date of making in it: the same data and seed give the same file.
 */
export function composeCard(
  result: TrainingResult,
): Omit<ModelCard, "normalizer" | "calibration" | "golden"> {
  const { frames, tags, settings, trainingWindows, fitted, layers, threshold } = result;
  const { name, version, windowLength, stride, seed } = settings;
  const { timeMs, periodMs } = frames[0] as Frame;
  return {
    format: CARD_FORMAT,
    name,
    version,
    tags: tags.map(plainTag),
    periodMs,
    windowLength,
    stride,
    threshold,
    minCoverage: MIN_COVERAGE_SHARE * coverageOf(frames),
    eventRule: eventRule(stride * periodMs, threshold),
    sensors: measureSensors(frames, tags.length),
    provenance: {
      producer: "wheeltapper",
      trainedFromMs: timeMs,
      trainedToMs: (frames.at(-1) as Frame).timeMs,
      frames: frames.length,
      trainingWindows,
      seed,
      epochs: fitted.epochs,
      layers,
      trainingLoss: fitted.trainingLoss,
      validationLoss: fitted.validationLoss,
    },
  };
}

/** A source's tag also says where it is read from; that is no business of the model's. */
export function plainTag({ name, unit, range, reporting }: Tag): Tag {
  return {
    name,
    ...(unit !== undefined && { unit }),
    ...(range !== undefined && { range }),
    ...(reporting !== undefined && { reporting }),
  };
}

function eventRule(strideMs: number, threshold: number): EventRule {
  return {
    onDelayMs: DELAY_STRIDES.on * strideMs,
    offDelayMs: DELAY_STRIDES.off * strideMs,
    deadband: DEADBAND_SHARE * threshold,
  };
}

/** Share of the cells that were measured. */
function coverageOf(frames: readonly Frame[]): number {
  let measured = 0;
  let cells = 0;
  for (const { agesMs, periodMs } of frames) {
    for (const ageMs of agesMs) if (ageMs < periodMs) measured += 1;
    cells += agesMs.length;
  }
  return measured / cells;
}
