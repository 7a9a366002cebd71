import { basename } from "node:path";
import type { Command } from "commander";
import type { Frame } from "../core/frame.ts";
import type { TrainingProgress } from "../model/fit-network.ts";
import { saveModel } from "../model/save-model.ts";
import { trainModel } from "../model/train-model.ts";
import { readFrames } from "../model/training-frames.ts";
import { traceSource } from "../sources/trace/trace-source.ts";
import { printResult } from "./output.ts";
import { parseCount, parseDuration, parseNames, parseSeed } from "./parse-option.ts";
import { startProgress } from "./progress.ts";

interface TrainOptions {
  readonly out: string;
  readonly name?: string;
  readonly period?: number;
  readonly window?: number;
  readonly stride?: number;
  readonly ignore?: readonly string[];
  readonly seed?: number;
  readonly json?: boolean;
}

/** `wheeltapper train`: traces of normal operation to a model file. */
export function addTrain(program: Command): void {
  program
    .command("train")
    .summary("learn what normal looks like from recorded traces")
    .description(
      "Trains an autoencoder on traces of normal operation and writes it, ready to score, to an ONNX file.\n" +
        "Example: wheeltapper train normal.csv --out pump.onnx --ignore label",
    )
    .argument("<trace...>", "recordings of normal operation, *.csv or *.csv.gz")
    .requiredOption("--out <file>", "where to write the model")
    .option("--name <name>", "name of the model (default: the name of the file)")
    .option(
      "--period <duration>",
      "distance of two frames, e.g. 1s (default: found from the trace)",
      parseDuration,
    )
    .option("--window <frames>", "frames per window (default: 32)", parseCount)
    .option(
      "--stride <frames>",
      "frames between two windows when the model is used (default: 1)",
      parseCount,
    )
    .option("--ignore <columns>", "columns to leave out, with commas between them", parseNames)
    .option(
      "--seed <number>",
      "same seed and same traces give the same file (default: 1)",
      parseSeed,
    )
    .option("--json", "print one JSON object at the end")
    .action(train);
}

async function train(traces: readonly string[], options: TrainOptions): Promise<void> {
  const { out, ignore = [], json } = options;
  const sources = traces.map((path) => traceSource(path, { ignore }));
  const tags = sources[0]?.tags ?? [];
  const frames: Frame[] = [];
  let periodMs = options.period;
  for (const source of sources) {
    const more = await readFrames({ ...source, tags }, periodMs === undefined ? {} : { periodMs });
    periodMs ??= more[0]?.periodMs;
    for (const frame of more) frames.push(frame);
  }

  let progress: ReturnType<typeof startProgress> | undefined;
  const model = await trainModel(frames, {
    tags,
    name: options.name ?? basename(out).replace(/\.onnx$/, ""),
    ...(options.window !== undefined && { windowLength: options.window }),
    ...(options.stride !== undefined && { stride: options.stride }),
    ...(options.seed !== undefined && { seed: options.seed }),
    onProgress(step) {
      progress ??= startProgress("training", step.maxEpochs);
      progress.update(step.epoch, describe(step));
    },
  });
  progress?.stop();
  await saveModel(model, out);
  const { card, identity, bytes } = model;
  const { provenance, threshold, windowLength } = card;
  printResult(
    json,
    {
      out,
      bytes: bytes.length,
      sha256: identity.sha256,
      tags: tags.map(({ name }) => name),
      periodMs: card.periodMs,
      windowLength,
      stride: card.stride,
      threshold,
      ...provenance,
    },
    [
      `${out}: ${bytes.length} bytes, sha256 ${identity.sha256}`,
      `  ${tags.length} tags every ${card.periodMs} ms, windows of ${windowLength} frames, layers ${provenance.layers.join("-")}`,
      `  learnt from ${provenance.trainingWindows} windows in ${provenance.epochs} epochs, held-out loss ${provenance.validationLoss.toFixed(4)}`,
      `  a window is anomalous from a score of ${threshold.toFixed(2)} on`,
    ],
  );
}

function describe({ trainingLoss, validationLoss, bestValidationLoss }: TrainingProgress): string {
  const show = (loss: number): string => loss.toFixed(4);
  return `loss ${show(trainingLoss)}, held out ${show(validationLoss)}, best ${show(bestValidationLoss)}`;
}
