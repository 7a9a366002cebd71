import type { Command } from "commander";
import { openDraft } from "../draft-file.ts";
import { type Evaluation, evaluateModel } from "../evaluation/evaluate-model.ts";
import { type Contestant, compareMeasures, dummiesBeside } from "../evaluation/measures.ts";
import { createRecording, type Recording } from "../evaluation/report/recording.ts";
import { renderReport } from "../evaluation/report/render-report.ts";
import { loadModel } from "../model/load-model.ts";
import type { Model } from "../model/model.ts";
import type { Trace } from "../sources/trace/trace.ts";
import { columns } from "./columns.ts";
import { openForModel } from "./open-for-model.ts";
import { printResult } from "./output.ts";

interface EvaluateOptions {
  readonly label: string;
  readonly compare?: readonly string[];
  readonly html?: string;
  readonly json?: boolean;
}

/** `wheeltapper evaluate`: how good a model is, against what people know. */
export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .summary("measure a model on a recorded trace that people have labelled")
    .description(
      "Scores a trace as a running gateway would, and holds alarms and scores against a column of labels: 1 where the\n" +
        "machine was anomalous, 0 where not. Two that never look at the machine stand beside: a random score, and an alarm from\n" +
        "half-time on.\n" +
        "Example: wheeltapper evaluate pump.onnx year.csv --label fault --compare old.onnx --html report.html",
    )
    .argument("<model>", "model file, *.onnx")
    .argument("<trace>", "recording, *.csv or *.jsonl, also with .gz")
    .requiredOption("--label <column>", "column of the trace with the labels, 0 or 1")
    .option("--compare <model...>", "other models to measure on the same trace")
    .option("--html <file>", "write a report with pictures: one page that needs no network")
    .option("--json", "print one JSON object at the end")
    .action(evaluate);
}

async function evaluate(
  modelPath: string,
  tracePath: string,
  { label, compare = [], html, json }: EvaluateOptions,
): Promise<void> {
  const draft = html === undefined ? undefined : await openDraft(html); // before the work
  const models: Model[] = [];
  const paths = [modelPath, ...compare];
  try {
    for (const path of paths) models.push(await loadModel(path));
    const { evaluations, recording } = await evaluateAll(models, tracePath, label);
    const [first] = evaluations;
    const names = namesOf(models, paths);
    const contestants = [
      ...evaluations.map(({ quality }, place) => ({ name: names[place] as string, quality })),
      ...dummiesBeside(first),
    ];
    await draft?.write(
      renderReport({ trace: tracePath, label, evaluations, contestants, recording }),
    );
    await draft?.finish();
    const facts = { trace: tracePath, label, html, models: evaluations.map(factsOf) };
    printResult(json, { ...facts, dummies: contestants.slice(evaluations.length) }, [
      `${tracePath}: ${first.quality.rows} windows, ${first.quality.events} labelled events in ${label}`,
      ...table(contestants),
      ...(html === undefined ? [] : [`report: ${html}`]),
    ]);
  } finally {
    await draft?.discard();
    for (const model of models) await model.close();
  }
}

/** One after the other, but none before it is known that the trace fits all. */
async function evaluateAll(
  models: readonly Model[],
  tracePath: string,
  label: string,
): Promise<{ evaluations: [Evaluation, ...Evaluation[]]; recording: Recording }> {
  const traces = models.map(({ card }) => openForModel(card, tracePath, { label }));
  const recording = createRecording((models[0] as Model).card);
  const evaluations: Evaluation[] = [];
  for (const [place, model] of models.entries()) {
    const { chunks } = traces[place] as Trace;
    const heard = place === 0 ? recording.hear(chunks) : chunks;
    evaluations.push(await evaluateModel(model, heard, { label, onScore: recording.addModel() }));
  }
  return { evaluations: evaluations as [Evaluation, ...Evaluation[]], recording };
}

/** Their names, or their files where two have the same name. */
function namesOf(models: readonly Model[], paths: readonly string[]): readonly string[] {
  const names = models.map(({ card }) => card.name);
  return new Set(names).size === names.length ? names : paths;
}

function factsOf({ model, quality, events }: Evaluation): object {
  return {
    ...model,
    quality,
    events: events.map(({ startMs, endMs, alarmFromMs, score, isLabelled, contributions }) => ({
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      alarm: new Date(alarmFromMs).toISOString(),
      score,
      isLabelled,
      tag: contributions[0]?.tag,
    })),
  };
}

function table(contestants: readonly Contestant[]): readonly string[] {
  const head = ["", ...contestants.map(({ name }) => name)];
  const rows = compareMeasures(contestants).map(({ name, answers }) => [name, ...answers]);
  return columns([head, ...rows]).map((line) => `  ${line}`);
}
