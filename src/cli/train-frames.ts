import { basename } from "node:path";
import type { Frame } from "../core/frame.ts";
import type { TrainingProgress } from "../model/fit-network.ts";
import type { ModelKind } from "../model/learn/fit-autoencoder.ts";
import type { Model } from "../model/model.ts";
import { trainModel } from "../model/train-model.ts";
import type { TrainModelOptions } from "../model/training-options.ts";
import { type Progress, startProgress } from "./progress.ts";

/** What the command line says of the training itself. */
export interface NetworkOptions {
  readonly name?: string;
  readonly kind?: ModelKind;
  readonly stride?: number;
  readonly falseAlarmsPerDay?: number;
  readonly seed?: number;
  readonly checkpoint?: string;
}

/** A model, and what is to be said of it beside what is said of every model. */
export interface TrainedModel {
  readonly model: Model;
  readonly facts: object;
  readonly lines: readonly string[];
}

/** Trains, and shows how far it has come. */
export async function trainFrames(
  frames: readonly Frame[],
  options: NetworkOptions,
  settings: TrainModelOptions,
): Promise<Model> {
  const { kind, stride, falseAlarmsPerDay, seed, checkpoint } = options;
  let progress: Progress | undefined;
  try {
    return await trainModel(frames, {
      ...settings,
      ...(kind !== undefined && { kind }),
      ...(stride !== undefined && { stride }),
      ...(falseAlarmsPerDay !== undefined && { falseAlarmsPerDay }),
      ...(seed !== undefined && { seed }),
      ...(checkpoint !== undefined && { checkpointPath: checkpoint }),
      onProgress(step) {
        progress ??= startProgress("training", step.maxEpochs);
        progress.update(step.epoch, describe(step));
      },
    });
  } finally {
    progress?.stop();
  }
}

/** The name of a model that was given none: that of its file. */
export function nameOf(path: string): string {
  return basename(path).replace(/\.onnx$/, "");
}

function describe({ trainingLoss, validationLoss, bestValidationLoss }: TrainingProgress): string {
  const show = (loss: number): string => loss.toFixed(4);
  return `loss ${show(trainingLoss)}, held out ${show(validationLoss)}, best ${show(bestValidationLoss)}`;
}
