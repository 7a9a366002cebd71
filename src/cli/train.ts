import { basename } from "node:path";
import { type Command, Option } from "commander";
import type { Frame } from "../core/frame.ts";
import type { Tag } from "../core/tag.ts";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { onceSignalled } from "../gateway/once-signalled.ts";
import type { TrainingProgress } from "../model/fit-network.ts";
import type { ModelKind } from "../model/learn/fit-autoencoder.ts";
import type { Model } from "../model/model.ts";
import { trainModel } from "../model/train-model.ts";
import { readFrames } from "../model/training-frames.ts";
import { traceSource } from "../sources/trace/trace-source.ts";
import { printResult } from "./output.ts";
import { parseCount, parseSeed } from "./parse-option.ts";
import { type Progress, startProgress } from "./progress.ts";
import { FALSE_ALARMS, IGNORE, PERIOD, RUNNING, STRIDE } from "./shared-options.ts";
import { trainingFacts, trainingLines } from "./training-report.ts";

interface TrainOptions {
  readonly out: string;
  readonly name?: string;
  readonly period?: number;
  readonly kind?: ModelKind;
  readonly window?: number;
  readonly stride?: number;
  readonly running?: string | false;
  readonly falseAlarmsPerDay?: number;
  readonly ignore?: readonly string[];
  readonly seed?: number;
  readonly checkpoint?: string;
  readonly json?: boolean;
}

const KINDS: readonly ModelKind[] = ["autoencoder", "pca", "z-score"];

/** `wheeltapper train`: traces of normal operation to a model file. */
export function addTrain(program: Command): void {
  program
    .command("train")
    .summary("learn what normal looks like from recorded traces")
    .description(
      "Trains an autoencoder on traces of normal operation and writes it, ready to score, to an ONNX file. Says what it has\n" +
        "chosen, and why. Ctrl-C stops it.\n" +
        "Example: wheeltapper train normal.csv --out pump.onnx --ignore label",
    )
    .argument("<trace...>", "recordings of normal operation, *.csv or *.jsonl, also with .gz")
    .requiredOption("--out <file>", "where to write the model")
    .option("--name <name>", "name of the model (default: the name of the file)")
    .addOption(PERIOD)
    .addOption(
      new Option(
        "--kind <kind>",
        "what to learn: a network on principal components, these alone, or each tag's distance from its center (default: autoencoder)",
      ).choices(KINDS),
    )
    .option(
      "--window <frames>",
      "frames per window (default: 16, fewer for a short recording)",
      parseCount,
    )
    .addOption(STRIDE)
    .addOption(RUNNING)
    .addOption(FALSE_ALARMS)
    .addOption(IGNORE)
    .option(
      "--seed <number>",
      "same seed and same traces give the same file (default: 1)",
      parseSeed,
    )
    .option("--checkpoint <file>", "keep what was reached there, and go on from it after a break")
    .option("--json", "print one JSON object at the end")
    .action(train);
}

async function train(traces: readonly string[], options: TrainOptions): Promise<void> {
  const { out, checkpoint, json } = options;
  const draft = await openDraft(out); // before the work, which would be for nothing if this failed
  const stopping = new AbortController();
  const ignoreSignals = onceSignalled(() => stopping.abort(stopped(checkpoint)));
  try {
    const { tags, frames } = await readTraces(traces, options, stopping.signal);
    const model = await trainFrames(frames, tags, options, stopping.signal);
    await draft.write(model.bytes);
    await draft.finish();
    printResult(json, trainingFacts(model, out), trainingLines(model, out));
  } finally {
    ignoreSignals();
    await draft.discard();
  }
}

function stopped(checkpoint: string | undefined): GatewayError {
  const hint =
    checkpoint === undefined
      ? "Give it a file with --checkpoint to have it go on the next time."
      : `Run the same command again: it goes on from ${checkpoint}.`;
  return new GatewayError("TRAINING_FAILED", "training was stopped, without a model", {
    retryable: true,
    hint,
  });
}

/**
 * Reads all traces on one time grid, with the period of the first.
 *
 * @throws GatewayError `TRACE_INVALID` when one does not have the columns of the first
 */
async function readTraces(
  traces: readonly string[],
  { ignore = [], period }: TrainOptions,
  signal: AbortSignal,
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
    const more = await readFrames(source, { signal, ...(periodMs !== undefined && { periodMs }) });
    periodMs ??= more[0]?.periodMs;
    for (const frame of more) frames.push(frame);
  }
  return { tags, frames };
}

async function trainFrames(
  frames: readonly Frame[],
  tags: readonly Tag[],
  options: TrainOptions,
  signal: AbortSignal,
): Promise<Model> {
  const { out, name = basename(out).replace(/\.onnx$/, "") } = options;
  const { kind, window, stride, running, falseAlarmsPerDay, seed, checkpoint } = options;
  let progress: Progress | undefined;
  try {
    return await trainModel(frames, {
      tags,
      name,
      signal,
      ...(kind !== undefined && { kind }),
      ...(window !== undefined && { windowLength: window }),
      ...(stride !== undefined && { stride }),
      ...(running !== undefined && { running }),
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

function describe({ trainingLoss, validationLoss, bestValidationLoss }: TrainingProgress): string {
  const show = (loss: number): string => loss.toFixed(4);
  return `loss ${show(trainingLoss)}, held out ${show(validationLoss)}, best ${show(bestValidationLoss)}`;
}
