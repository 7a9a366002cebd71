import { type Command, InvalidArgumentError } from "commander";
import type { ModelCard } from "../core/model-card.ts";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { loadModel } from "../model/load-model.ts";
import type { Model } from "../model/model.ts";
import { optimizeModel } from "../model/optimize/optimize-model.ts";
import type { BeforeAfter, OptimizeReport } from "../model/optimize/optimize-report.ts";
import type { Source } from "../sources/source.ts";
import { openTrace } from "../sources/trace/open-trace.ts";
import { traceSource } from "../sources/trace/trace-source.ts";
import { columns } from "./columns.ts";
import { printResult } from "./output.ts";

interface OptimizeOptions {
  readonly out: string;
  readonly int8?: boolean;
  readonly ort?: boolean;
  readonly trace?: string;
  readonly maxChange?: number;
  readonly json?: boolean;
}

/** `wheeltapper optimize`: a model to a smaller and faster one. */
export function addOptimize(program: Command): void {
  program
    .command("optimize")
    .summary("make a model smaller and faster for the edge")
    .description(
      "Writes a model anew, smaller or faster to load, and says what that gains on this machine and what it changes.\n" +
        "With a trace both models score it, and nothing is written when too many alarms change.\n" +
        "Example: wheeltapper optimize pump.onnx --out small.onnx --int8 --trace week.csv",
    )
    .argument("<model>", "model file, *.onnx")
    .requiredOption("--out <file>", "where to write the new model")
    .option("--int8", "put the matrices into 8 bits")
    .option("--ort", "write ONNX Runtime's own format, as prepared for this machine")
    .option("--trace <file>", "recording to compare on, *.csv or *.jsonl, also with .gz")
    .option(
      "--max-change <share>",
      "windows of the trace that may get another verdict, e.g. 0.5% (default: 1%)",
      parseShare,
    )
    .option("--json", "print one JSON object at the end")
    .action(optimize);
}

async function optimize(
  path: string,
  { out, int8 = false, ort = false, trace, maxChange, json }: OptimizeOptions,
): Promise<void> {
  if (maxChange !== undefined && trace === undefined) {
    throw new GatewayError("CONFIG_INVALID", "--max-change: expected a trace to compare on", {
      hint: "Add --trace with a recording of the machine.",
    });
  }
  const draft = await openDraft(out); // before the work, which would be for nothing if this failed
  try {
    const model = await loadModel(path);
    const { model: optimized, report } = await optimizeModel(model, {
      int8,
      ort,
      ...(trace !== undefined && { calibration: openFitting(trace, model.card) }),
      ...(maxChange !== undefined && { maxAlarmChange: maxChange }),
    });
    await draft.write(optimized.bytes);
    await draft.finish();
    const { identity, card } = optimized;
    const { optimizedFrom } = card.provenance;
    printResult(
      json,
      { out, ...identity, ...report, optimizedFrom },
      linesOf(out, optimized, report),
    );
  } finally {
    await draft.discard();
  }
}

/** The trace without the columns that the model does not know, text and all. */
function openFitting(path: string, { tags }: ModelCard): Source {
  const known = tags.map(({ name }) => name);
  const names = openTrace(path).tags.map(({ name }) => name);
  return traceSource(path, { ignore: names.filter((name) => !known.includes(name)) });
}

/** Reads `1%` or `0.01` as a share. */
function parseShare(text: string): number {
  const [, amount = "", percent = ""] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  const share = Number(amount) / (percent === "%" ? 100 : 1);
  if (amount !== "" && share <= 1) return share;
  throw new InvalidArgumentError(`Expected a share such as 1% or 0.01, got ${text}.`);
}

function linesOf(
  out: string,
  { identity, card }: Model,
  { bytes, matrices, latency, answers, threshold, calibration }: OptimizeReport,
): readonly string[] {
  const { machine = "" } = card.provenance.optimizedFrom ?? {};
  const times = ({ before, after }: BeforeAfter): readonly number[] =>
    [before, after].map((ms) => Number(ms.toFixed(3)));
  const table = columns([
    [`ms, median of ${latency.rounds}`, "before", "after"],
    ["to load", ...times(latency.loadMs)],
    ["one window", ...times(latency.oneMs)],
    ["256 windows", ...times(latency.batch256Ms)],
  ]);
  return [
    `${out}: ${bytes.after} bytes, ${bytes.before} before, sha256 ${identity.sha256}`,
    `  version ${identity.version}, optimized with ${machine}`,
    ...(matrices === undefined
      ? []
      : [
          `  matrices: ${matrices.multiplied} multiplied in 8 bits, ${matrices.stored} stored in 8 bits, ${matrices.left} left in float32`,
        ]),
    ...table.map((line) => `  ${line}`),
    `  answers to ${answers.windows} recorded windows are off by ${percent(answers.relative)}`,
    ...(calibration === undefined
      ? ["  nothing is known of scores and alarms: compare on a recording with --trace"]
      : [
          `  scores of ${calibration.windows} windows: ${calibration.scores.meanDifference.toFixed(3)} on average, ${calibration.scores.maxDifference.toFixed(3)} at most, threshold ${threshold.toFixed(2)} as before`,
          `  alarms: ${calibration.alarms.after}, ${calibration.alarms.before} before; another verdict for ${percent(calibration.alarms.changedShare)} of the windows`,
        ]),
  ];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
