import { type Command, Option } from "commander";
import type { Frame } from "../core/frame.ts";
import type { Tag } from "../core/tag.ts";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { onceSignalled } from "../gateway/once-signalled.ts";
import type { ModelKind } from "../model/learn/fit-autoencoder.ts";
import { readFrames } from "../model/training-frames.ts";
import { traceSource } from "../sources/trace/trace-source.ts";
import { printResult } from "./output.ts";
import { parseCount, parseSeed } from "./parse-option.ts";
import { FALSE_ALARMS, IGNORE, PERIOD, RUNNING, STRIDE } from "./shared-options.ts";
import { type NetworkOptions, nameOf, type TrainedModel, trainFrames } from "./train-frames.ts";
import { trainFromOutbox } from "./train-from-outbox.ts";
import { trainingFacts, trainingLines } from "./training-report.ts";

export interface TrainOptions extends NetworkOptions {
  readonly out: string;
  readonly period?: number;
  readonly window?: number;
  readonly running?: string | false;
  readonly ignore?: readonly string[];
  readonly fromOutbox?: string;
  readonly machine?: string;
  readonly base?: string;
  readonly json?: boolean;
}

const KINDS: readonly ModelKind[] = ["autoencoder", "pca", "z-score"];

/** `wheeltapper train`: traces of normal operation, or windows that an outbox has kept, to a model file. */
export function addTrain(program: Command): void {
  program
    .command("train")
    .summary("learn what normal looks like from recorded traces, or from an outbox")
    .description(
      "Trains an autoencoder on traces of normal operation and writes it, ready to score, to an ONNX file. Says what it has\n" +
        "chosen, and why. Ctrl-C stops it.\n" +
        "With --from-outbox it trains on the windows that a gateway has kept, without those that people call faults, and says\n" +
        "what the model before and the new one make of what people have labelled.\n" +
        "Example: wheeltapper train normal.csv --out pump.onnx --ignore label\n" +
        "Example: wheeltapper train --from-outbox outbox.db --base pump.onnx --out pump-2.onnx",
    )
    .argument("[trace...]", "recordings of normal operation, *.csv or *.jsonl, also with .gz")
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
    .option("--from-outbox <outbox>", "train on the windows that this outbox has kept")
    .option("--machine <name>", "with --from-outbox: whose windows (default: the only machine)")
    .option(
      "--base <model>",
      "with --from-outbox: the model so far, to take over what windows do not show, and to compare with",
    )
    .option("--checkpoint <file>", "keep what was reached there, and go on from it after a break")
    .option("--json", "print one JSON object at the end")
    .action(train);
}

async function train(traces: readonly string[], options: TrainOptions): Promise<void> {
  requireOneSource(traces, options);
  const { out, checkpoint, fromOutbox, json } = options;
  const draft = await openDraft(out); // before the work, which would be for nothing if this failed
  const stopping = new AbortController();
  const ignoreSignals = onceSignalled(() => stopping.abort(stopped(checkpoint)));
  try {
    const { model, facts, lines } =
      fromOutbox === undefined
        ? await trainOnTraces(traces, options, stopping.signal)
        : await trainFromOutbox(fromOutbox, options, stopping.signal);
    await draft.write(model.bytes);
    await draft.finish();
    await model.close();
    printResult(json, { ...trainingFacts(model, out), ...facts }, [
      ...trainingLines(model, out),
      ...lines,
    ]);
  } finally {
    ignoreSignals();
    await draft.discard();
  }
}

/** @throws GatewayError `CONFIG_INVALID` unless there are either traces or an outbox, with the options of its own */
function requireOneSource(traces: readonly string[], options: TrainOptions): void {
  const { fromOutbox, machine, base, period, window, running, ignore } = options;
  const refuse = (message: string, hint: string): GatewayError =>
    new GatewayError("CONFIG_INVALID", `train: ${message}`, { hint });
  if (fromOutbox === undefined) {
    if (traces.length === 0) {
      throw refuse("expected a trace or --from-outbox, got neither", "Say what to learn from.");
    }
    const given = namesOf({ machine, base });
    if (given.length === 0) return;
    throw refuse(`${given.join(", ")} is for --from-outbox alone`, "Leave it out.");
  }
  if (traces.length > 0) {
    throw refuse(
      `expected traces or --from-outbox, got both: ${traces.join(", ")} and ${fromOutbox}`,
      "Train on one of them: a trace of normal operation where there is one.",
    );
  }
  const given = namesOf({ period, window, running, ignore });
  if (given.length === 0) return;
  throw refuse(
    `${given.join(", ")} cannot be chosen with --from-outbox: windows are as they were kept`,
    "Leave it out, or train on a trace.",
  );
}

function namesOf(options: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`],
  );
}

async function trainOnTraces(
  traces: readonly string[],
  options: TrainOptions,
  signal: AbortSignal,
): Promise<TrainedModel> {
  const { out, window, running, name = nameOf(out) } = options;
  const { tags, frames } = await readTraces(traces, options, signal);
  const model = await trainFrames(frames, options, {
    ...{ tags, name, signal },
    ...(window !== undefined && { windowLength: window }),
    ...(running !== undefined && { running }),
  });
  return { model, facts: {}, lines: [] };
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
