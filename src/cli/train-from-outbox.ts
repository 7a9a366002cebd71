import type { ModelCard } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { isWorse } from "../evaluation/compare-on-labels.ts";
import { finishCaptured } from "../model/finish-captured.ts";
import { loadModel } from "../model/load-model.ts";
import type { Model } from "../model/model.ts";
import { lessonFromOutbox, type OutboxLesson } from "../truth/retraining/lesson-from-outbox.ts";
import { withWaitingLabels } from "../truth/retraining/waiting-labels.ts";
import { openExistingOutbox } from "./existing-outbox.ts";
import { labelLines, lessonFacts, lessonLines } from "./retraining-report.ts";
import { compareModels } from "./train-comparison.ts";
import { type NetworkOptions, nameOf, type TrainedModel, trainFrames } from "./train-frames.ts";

interface OutboxOptions extends NetworkOptions {
  readonly out: string;
  readonly machine?: string;
  readonly base?: string;
}

/** Levels that wander more slowly than so many times the time from the first window to the last are followed, as with a recording. */
const DRIFT_SPANS = 4;

/** Few windows are shown more often: so many in all, within bounds. */
const TRAINED_WINDOWS = 120_000;
const EPOCHS = { least: 40, most: 300 } as const;

/** Trains on the windows that an outbox has kept, and asks the model before and the new one what they make of the labels. */
export async function trainFromOutbox(
  path: string,
  options: OutboxOptions,
  signal: AbortSignal,
): Promise<TrainedModel> {
  const base = options.base === undefined ? undefined : await loadModel(options.base);
  try {
    const lesson = await readLesson(path, options, base);
    const trained = await trainFrames(
      lesson.frames,
      options,
      settingsOf(lesson, options, base, signal),
    );
    const { coverage } = lesson;
    const model = await finishCaptured(trained, { coverage, ...(base && { base }) });
    const contestants = await compareModels(lesson, model, base);
    const [before, after] = contestants;
    const isNewWorse = after !== undefined && isWorse(before.score, after.score);
    if (isNewWorse) {
      process.stderr.write("warning: on the labels the new model is worse than the one before\n");
    }
    const labels = contestants.map(({ name, score }) => ({ name, ...score }));
    return {
      model,
      facts: { fromOutbox: { outbox: path, ...lessonFacts(lesson) }, labels, isWorse: isNewWorse },
      lines: [...lessonLines(path, lesson), ...labelLines(lesson, contestants)],
    };
  } finally {
    await base?.close();
  }
}

async function readLesson(
  path: string,
  { machine, seed }: OutboxOptions,
  base: Model | undefined,
): Promise<OutboxLesson> {
  const outbox = await openExistingOutbox(path);
  try {
    const { messages, problems } = await withWaitingLabels(outbox);
    for (const { message } of problems) process.stderr.write(`warning: ${message}\n`);
    return await lessonFromOutbox(messages, {
      ...(machine !== undefined && { machine }),
      ...(base && { base }),
      ...(seed !== undefined && { seed }),
    });
  } finally {
    await outbox.close();
  }
}

/** People and the model before have sorted out what is strange: nothing is left out for that here. */
function settingsOf(
  { tags, windowLength, periodMs, spanMs, learn }: OutboxLesson,
  { out, name }: OutboxOptions,
  base: Model | undefined,
  signal: AbortSignal,
): Parameters<typeof trainFrames>[2] {
  const enough = Math.ceil(TRAINED_WINDOWS / learn.length);
  const maxEpochs = Math.min(EPOCHS.most, Math.max(EPOCHS.least, enough));
  const known: readonly Tag[] = base?.card.tags ?? tags.map((tag) => ({ name: tag }));
  return {
    ...{ tags: known, windowLength, periodMs, signal },
    name: name ?? base?.card.name ?? nameOf(out),
    ...(base && { version: versionAfter(base.card), stride: base.card.stride }),
    running: false,
    driftMs: DRIFT_SPANS * spanMs,
    maxLeftOutShare: 0,
    maxEpochs,
    patience: Math.ceil(maxEpochs / 4),
    harmless: learn
      .filter(({ verdict }) => verdict === "false-alarm")
      .map(({ endMs, length }) => ({ fromMs: endMs - (length - 1) * periodMs, toMs: endMs })),
  };
}

/** `3` after `2`, and after `2+int8`; `pump-b.2` after `pump-b`. */
function versionAfter({ version }: Pick<ModelCard, "version">): string {
  const [number] = /^\d+/.exec(version) ?? [];
  return number === undefined ? `${version}.2` : String(Number(number) + 1);
}
