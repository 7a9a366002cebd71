import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { packModel } from "../model/pack/pack-model.ts";
import { PACK_DEFAULTS, type PackModelOptions } from "../model/pack/pack-options.ts";
import { requireSize } from "../model/pack/require-packable.ts";
import { traceSource } from "../sources/trace/trace-source.ts";
import { printResult } from "./output.ts";
import { parseCount, parseNames } from "./parse-option.ts";
import { FALSE_ALARMS, IGNORE, PERIOD, RUNNING, STRIDE } from "./shared-options.ts";

interface PackOptions {
  readonly trace: string;
  readonly out: string;
  readonly name?: string;
  readonly period?: number;
  readonly window?: number;
  readonly stride?: number;
  readonly tags?: readonly string[];
  readonly ignore?: readonly string[];
  readonly normalizer?: string;
  readonly running?: string | false;
  readonly falseAlarmsPerDay?: number;
  readonly outputName?: string;
  readonly maxBytes: number;
  readonly json?: boolean;
}

/** `wheeltapper pack`: an ONNX file from elsewhere to a model file. */
export function addPack(program: Command): void {
  program
    .command("pack")
    .summary("bring a model of your own, from PyTorch, Keras or others")
    .description(
      "Takes an ONNX file with an input [n, length, tags] or [n, length * tags] and an output of the same shape, or one " +
        "score per window; tries it and calibrates it on a trace of normal operation, best one that it was not trained " +
        "on; and writes it, ready to score, to an ONNX file.\n" +
        "Example: wheeltapper pack autoencoder.onnx --trace normal.csv --out pump.onnx --normalizer scaler.json",
    )
    .argument("<model>", "ONNX file with all its weights, as another library exported it")
    .requiredOption(
      "--trace <file>",
      "recording of normal operation, *.csv or *.jsonl, also with .gz",
    )
    .requiredOption("--out <file>", "where to write the model")
    .option("--name <name>", "name of the model (default: the name of the file)")
    .addOption(PERIOD)
    .option("--window <frames>", "frames per window (default: what the model says)", parseCount)
    .addOption(STRIDE)
    .option(
      "--tags <names>",
      "tags in the order in which the model takes them, with commas between them (default: those of the trace)",
      parseNames,
    )
    .addOption(IGNORE)
    .option(
      "--normalizer <kind>",
      "how values are scaled for the model: standard, robust, none, or a JSON file with the center and the scale of each tag (default: standard)",
    )
    .addOption(RUNNING)
    .addOption(FALSE_ALARMS)
    .option("--output-name <name>", "which of several outputs to take")
    .option("--max-bytes <bytes>", "refuse larger files", parseCount, PACK_DEFAULTS.maxBytes)
    .option("--json", "print one JSON object at the end")
    .action(pack);
}

async function pack(file: string, options: PackOptions): Promise<void> {
  const draft = await openDraft(options.out); // before the work, which would be for nothing if this failed
  try {
    const onnx = await readOnnx(file, options);
    const model = await packModel(onnx, await packOptions(options));
    await draft.write(model.bytes);
    await draft.finish();
    await model.close();
    report(model, options);
  } finally {
    await draft.discard();
  }
}

async function readOnnx(file: string, { maxBytes }: PackOptions): Promise<Uint8Array> {
  try {
    requireSize((await stat(file)).size, maxBytes, file);
    return await readFile(file);
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : unreadable(file, cause);
  }
}

async function packOptions(options: PackOptions): Promise<PackModelOptions> {
  const {
    out,
    name = basename(out).replace(/\.onnx$/, ""),
    trace,
    ignore = [],
    maxBytes,
  } = options;
  const { period, window, stride, tags, normalizer, running, falseAlarmsPerDay, outputName } =
    options;
  return {
    name,
    normal: traceSource(trace, { ignore }),
    maxBytes,
    ...(period !== undefined && { periodMs: period }),
    ...(window !== undefined && { windowLength: window }),
    ...(stride !== undefined && { stride }),
    ...(tags !== undefined && { tags: tags.map((tag) => ({ name: tag })) }),
    ...(normalizer !== undefined && { normalizer: await readNormalizer(normalizer) }),
    ...(running !== undefined && { running }),
    ...(falseAlarmsPerDay !== undefined && { falseAlarmsPerDay }),
    ...(outputName !== undefined && { output: outputName }),
  };
}

/** A kind by its name, or the figures in a JSON file; what they must be is for `packModel` to say. */
async function readNormalizer(text: string): Promise<NonNullable<PackModelOptions["normalizer"]>> {
  if (!text.endsWith(".json")) return text as "standard";
  try {
    return JSON.parse(await readFile(text, "utf8"));
  } catch (cause) {
    throw unreadable(text, cause);
  }
}

function unreadable(file: string, cause: unknown): GatewayError {
  return new GatewayError("FILE_UNREADABLE", `cannot read ${file}`, {
    cause,
    hint: "Check the path, the permissions and what is in the file.",
  });
}

function report({ card, identity, bytes }: Model, { out, json }: PackOptions): void {
  const { provenance, threshold, windowLength, periodMs, stride } = card;
  const { packedFrom, trainingWindows, validationLoss: loss } = provenance;
  const tags = card.tags.map(({ name }) => name);
  const { output = "reconstruction" } = card;
  const facts = { out, bytes: bytes.length, sha256: identity.sha256, tags, periodMs, windowLength };
  const off =
    loss === undefined
      ? ""
      : `, off by ${Math.round(100 * Math.sqrt(loss))} % of what the tags move`;
  printResult(json, { ...facts, stride, output, threshold, ...provenance }, [
    `${out}: ${bytes.length} bytes, sha256 ${identity.sha256}`,
    `  packed from a file of ${packedFrom?.producer}, which gives a ${output}`,
    `  ${tags.length} tags every ${periodMs} ms, windows of ${windowLength} frames: ${tags.join(", ")}`,
    `  calibrated on ${trainingWindows} windows of normal operation${off}`,
    `  a window is anomalous from a score of ${threshold.toFixed(2)} on`,
  ]);
  if (loss !== undefined && loss >= 1) {
    process.stderr.write(
      "warning: the mean of each tag would be a better reconstruction: check --normalizer and the order of --tags\n",
    );
  }
}
