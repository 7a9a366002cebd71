import { resolve } from "node:path";
import type { Command } from "commander";
import { type DraftFile, openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { loadModel } from "../model/load-model.ts";
import { openForModel } from "./open-for-model.ts";
import { printResult } from "./output.ts";
import { scoreTrace } from "./score-trace.ts";
import { IGNORE } from "./shared-options.ts";

interface ScoreOptions {
  readonly out?: string;
  readonly events?: string;
  readonly ignore?: readonly string[];
  readonly json?: boolean;
}

/** `wheeltapper score`: batch scoring of a trace. */
export function addScore(program: Command): void {
  program
    .command("score")
    .summary("score a recorded trace with a model")
    .description(
      "Scores every window of a trace as a running gateway would. The CSV has one row per window, stamped with the time\n" +
        "of its last frame; nothing after that time was used. Tags that the model does not know are passed over.",
    )
    .argument("<model>", "model file, *.onnx")
    .argument("<trace>", "recording, *.csv or *.jsonl, also with .gz")
    .option("--out <file>", "write the scores as CSV")
    .option("--events <file>", "write the anomaly events and sensor faults as JSON Lines")
    .addOption(IGNORE)
    .option("--json", "print one JSON object at the end")
    .action(score);
}

async function score(modelPath: string, tracePath: string, options: ScoreOptions): Promise<void> {
  refuseOneFile(options);
  const model = await loadModel(modelPath);
  const trace = openForModel(model.card, tracePath, { ignore: options.ignore ?? [] });
  const drafts: DraftFile[] = [];
  const draft = async (path: string | undefined): Promise<DraftFile | undefined> => {
    if (path === undefined) return undefined;
    const file = await openDraft(path);
    drafts.push(file);
    return file;
  };
  try {
    const files = { scores: await draft(options.out), events: await draft(options.events) };
    const summary = await scoreTrace(model, trace, files);
    for (const file of drafts) await file.finish();
    const { threshold } = model.card;
    const { windows, anomalous, insufficient, notRunning, events, sensorFaults, highest } = summary;
    const peak = highest
      ? `highest score ${highest.value.toFixed(2)} at ${highest.time}`
      : "no window could be judged";
    const off = notRunning > 0 ? `, ${notRunning} not running` : "";
    printResult(options.json, { ...summary, out: options.out, threshold }, [
      `${tracePath}: ${windows} windows, ${anomalous} anomalous, ${insufficient} with too little data${off}`,
      `  ${events} events, ${sensorFaults} sensor faults; ${peak}, threshold ${threshold.toFixed(2)}`,
    ]);
  } catch (error) {
    for (const file of drafts) await file.discard();
    throw error;
  }
}

/** @throws GatewayError `CONFIG_INVALID` when scores and events would go to one file */
function refuseOneFile({ out, events }: ScoreOptions): void {
  if (out === undefined || events === undefined || resolve(out) !== resolve(events)) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `--out and --events: expected two files, got ${out} for both`,
    { hint: "Give the events a file of their own." },
  );
}
