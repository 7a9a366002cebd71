import { basename } from "node:path";
import type { Command } from "commander";
import type { Frame } from "../core/frame.ts";
import type { Tag } from "../core/tag.ts";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import type { TrainingProgress } from "../model/fit-network.ts";
import type { Model } from "../model/model.ts";
import { trainModel } from "../model/train-model.ts";
import { readFrames } from "../model/training-frames.ts";
import { traceSource } from "../sources/trace/trace-source.ts";
import { printResult } from "./output.ts";
import { parseCount, parseDuration, parseNames, parseSeed } from "./parse-option.ts";
import { type Progress, startProgress } from "./progress.ts";

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
    .argument("<trace...>", "recordings of normal operation, *.csv or *.jsonl, also with .gz")
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
    .option(
      "--ignore <columns>",
      "tags or columns to leave out, with commas between them",
      parseNames,
    )
    .option(
      "--seed <number>",
      "same seed and same traces give the same file (default: 1)",
      parseSeed,
    )
    .option("--json", "print one JSON object at the end")
    .action(train);
}

async function train(traces: readonly string[], options: TrainOptions): Promise<void> {
  const draft = await openDraft(options.out); // before the work, which would be for nothing if this failed
  try {
    const { tags, frames } = await readTraces(traces, options);
    const model = await trainFrames(frames, tags, options);
    await draft.write(model.bytes);
    await draft.finish();
    report(model, options);
  } finally {
    await draft.discard();
  }
}

/**
 * Reads all traces on one time grid, with the period of the first.
 *
 * @throws GatewayError `TRACE_INVALID` when one does not have the columns of the first
 */
async function readTraces(
  traces: readonly string[],
  { ignore = [], period }: TrainOptions,
): Promise<{ tags: readonly Tag[]; frames: Frame[] }> {
  const sources = traces.map((path) => traceSource(path, { ignore }));
  const tags = sources[0]?.tags ?? [];
  const expected = tags.map(({ name }) => name).join(", ");
  const frames: Frame[] = [];
  let periodMs = period;
  for (const source of sources) {
    const got = source.tags.map(({ name }) => name).join(", ");
    if (got !== expected) {
      throw new GatewayError(
        "TRACE_INVALID",
        `${source.name}: expected the columns of the first trace, ${expected}; got ${got}`,
        { hint: "Bring the columns in one order, or leave some out with --ignore." },
      );
    }
    const more = await readFrames(source, periodMs === undefined ? {} : { periodMs });
    periodMs ??= more[0]?.periodMs;
    for (const frame of more) frames.push(frame);
  }
  return { tags, frames };
}

async function trainFrames(
  frames: readonly Frame[],
  tags: readonly Tag[],
  { out, name = basename(out).replace(/\.onnx$/, ""), window, stride, seed }: TrainOptions,
): Promise<Model> {
  let progress: Progress | undefined;
  try {
    return await trainModel(frames, {
      tags,
      name,
      ...(window !== undefined && { windowLength: window }),
      ...(stride !== undefined && { stride }),
      ...(seed !== undefined && { seed }),
      onProgress(step) {
        progress ??= startProgress("training", step.maxEpochs);
        progress.update(step.epoch, describe(step));
      },
    });
  } finally {
    progress?.stop();
  }
}

function report({ card, identity, bytes }: Model, { out, json }: TrainOptions): void {
  const { provenance, threshold, windowLength, periodMs, stride } = card;
  const { layers = [], epochs, trainingWindows, validationLoss = Number.NaN } = provenance;
  const tags = card.tags.map(({ name }) => name);
  const facts = { out, bytes: bytes.length, sha256: identity.sha256, tags, periodMs, windowLength };
  printResult(json, { ...facts, stride, threshold, ...provenance }, [
    `${out}: ${bytes.length} bytes, sha256 ${identity.sha256}`,
    `  ${tags.length} tags every ${periodMs} ms, windows of ${windowLength} frames, layers ${layers.join("-")}`,
    `  learnt from ${trainingWindows} windows in ${epochs} epochs, held-out loss ${validationLoss.toFixed(4)}`,
    `  a window is anomalous from a score of ${threshold.toFixed(2)} on`,
  ]);
}

function describe({ trainingLoss, validationLoss, bestValidationLoss }: TrainingProgress): string {
  const show = (loss: number): string => loss.toFixed(4);
  return `loss ${show(trainingLoss)}, held out ${show(validationLoss)}, best ${show(bestValidationLoss)}`;
}
