import type { DriftRule, GoldenPair, ModelCard } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import { describeTags, fitNormalizer } from "../math/normalizer.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { composeCard } from "./compose-card.ts";
import type { TrainingProgress } from "./fit-network.ts";
import { alarmLevelsOf } from "./learn/alarm-levels.ts";
import { choose, describeTagChoices } from "./learn/choices.ts";
import { crossValidate, gatherRows, type Lesson } from "./learn/cross-validate.ts";
import { type FitPlan, fitAutoencoder } from "./learn/fit-autoencoder.ts";
import { type FrameTable, framesOf } from "./learn/frame-table.ts";
import { scoreHeldOut } from "./learn/held-out-scores.ts";
import { findStrangeRows, runsWithout } from "./learn/leave-out.ts";
import { blockCount, chooseWindowLength, planFit, requireEnough } from "./learn/plan-fit.ts";
import { prepareFrames } from "./learn/prepare-frames.ts";
import { findStoppedRows } from "./learn/stopped-rows.ts";
import { findRuns, splitBlocks, startsOf } from "./learn/window-runs.ts";
import { encodeFloats } from "./load-model.ts";
import { measureHoles } from "./measure-holes.ts";
import { reconstruct } from "./model.ts";
import { cardMetadata, sealModel } from "./model-file.ts";
import { encodeNetwork } from "./onnx/network.ts";
import { type OnnxSession, openSession } from "./runtime.ts";
import type { TrainingSettings } from "./training-options.ts";

/** A recording and what is to be learnt from it: plain data, fit to be sent to another thread. */
export interface TrainingJob {
  readonly table: FrameTable;
  readonly tags: readonly Tag[];
  readonly settings: TrainingSettings;
}

export interface LearnOptions {
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal | undefined;
  /** What to go on from, and where to keep what was reached. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Learns a model from a recording, and gives back its file.
 *
 * Every block of time is first held out in turn: what the networks that have not seen it make of it says how long to train, how the
 * tags are to be weighed, what a normal score is, and where the alarm begins. Then one network learns everything.
 */
export async function learnModel(
  { table, tags, settings }: TrainingJob,
  { onProgress = () => {}, signal, checkpoint }: LearnOptions = {},
): Promise<Uint8Array> {
  const frames = framesOf(table);
  const { values, periodMs } = table;
  const { running, usable, choices } = findStoppedRows(table, tags, settings);
  const windowLength = chooseWindowLength(frames.length, settings);
  const blocks = splitBlocks(frames.length, blockCount(frames.length, windowLength));
  const all = findRuns(frames, usable);
  requireEnough({ frames, values, tags, runs: all, blocks, windowLength });

  const stages = blocks.length + 1;
  let stage = 0;
  const plan = planFit(settings, {
    windowLength,
    tags: tags.length,
    spanMs: gatherLength(all) * periodMs,
    signal,
    checkpoint,
    onProgress: (step) => onProgress(inStage(step, stage, stages)),
  });
  const natures = describeTags(gatherRows(values, all, tags.length), tags.length);
  const lesson: Lesson = { tags, natures, periodMs, values, runs: all };
  const strange = await findStrangeRows(lesson, blocks, plan, settings.maxLeftOutShare);
  const runs = runsWithout(frames, usable, strange);
  const clean: Lesson = { ...lesson, runs };

  const folds = await crossValidate(clean, blocks, plan, (done) => {
    stage = done;
  });
  const epochs = middle(folds.map(({ fitted }) => fitted.epochs));
  const window = { length: windowLength, tags: tags.length };
  const smoothingMs = settings.smoothingMs ?? SMOOTHING_FRAMES * periodMs;
  const strideMs = settings.stride * periodMs;
  const heldOut = await scoreHeldOut(folds, window, {
    kind: settings.kind,
    stride: settings.stride,
    smoothing: -Math.expm1(-strideMs / smoothingMs),
  });
  for (const { session } of folds) await session.release();
  const levels = alarmLevelsOf(heldOut, settings.falseAlarmsPerDay, strideMs);

  const final = await fitOnAll(clean, {
    ...plan,
    maxEpochs: epochs,
    patience: Math.max(1, epochs),
  });
  const session = await openSession(
    encodeNetwork(final.design, final.fitted.parameters, []),
    "network",
  );
  const validationLoss = mean(folds.map(({ fitted }) => fitted.validationLoss));
  const card: ModelCard = {
    ...composeCard({
      frames,
      tags,
      settings: { ...settings, windowLength },
      trainingWindows: final.starts.length,
      fitted: { ...final.fitted, validationLoss },
      layers: final.layers,
      threshold: levels.threshold,
    }),
    warningThreshold: levels.warningThreshold,
    normalizer: final.normalizer,
    calibration: heldOut.calibration,
    drift: final.drift,
    smoothingMs,
    ...(running && { running }),
    golden: await recordGolden(final.frames, final.starts, window, session),
    choices: [
      ...choices,
      ...choose({
        settings,
        plan,
        table,
        epochs,
        smoothingMs,
        folds: folds.length,
        levels,
        strange,
        layers: final.layers,
      }),
      ...describeTagChoices(tags, natures, final.normalizer),
    ],
  };
  const missingRise = await measureHoles(
    card,
    session,
    values,
    sample(final.starts, MAX_HOLE_WINDOWS),
  );
  await session.release();
  const complete = { ...card, calibration: { ...card.calibration, missingRise } };
  const metadata = [cardMetadata(complete)];
  return sealModel(encodeNetwork(final.design, final.fitted.parameters, metadata));
}

/** Time constant of the average over scores: long enough to take the noise out, short enough for an alarm to come in time. */
export const SMOOTHING_FRAMES = 10;
/** Windows on which missing tags are tried. */
const MAX_HOLE_WINDOWS = 256;

async function fitOnAll(lesson: Lesson, plan: FitPlan) {
  const { tags, natures, periodMs, values, runs } = lesson;
  const known = gatherRows(values, runs, tags.length);
  const normalizer = fitNormalizer(known, tags, { ...plan.normalizer, natures });
  const { frames, offset } = prepareFrames(values, runs, normalizer, plan.drift, periodMs);
  const starts = startsOf(runs, plan.windowLength);
  const windows = { training: starts, heldOut: sample(starts, MAX_CHECK_WINDOWS) };
  const { design, fitted } = await fitAutoencoder(frames, windows, tags.length, plan);
  const cells = plan.windowLength * tags.length;
  const layers =
    design.layers.length > 0 ? design.layers : [cells, design.linear?.rank ?? 1, cells];
  const drift: DriftRule = { ...plan.drift, offset };
  return { normalizer, frames, starts, design, fitted, layers, drift };
}

/** Windows that the loss of the last network is measured on. */
const MAX_CHECK_WINDOWS = 2_000;

/** Records what the network answers to the first window and the last. */
export async function recordGolden(
  frames: Float32Array,
  starts: Uint32Array,
  { length, tags }: { readonly length: number; readonly tags: number },
  session: OnnxSession,
): Promise<readonly GoldenPair[]> {
  const pairs: GoldenPair[] = [];
  for (const start of [starts[0] as number, starts.at(-1) as number]) {
    const input = frames.slice(start * tags, (start + length) * tags);
    const output = await reconstruct(session, input, input.length);
    pairs.push({ input: encodeFloats(input), output: encodeFloats(output) });
  }
  return pairs;
}

/** The epochs of one stage among those of all of them. */
function inStage(step: TrainingProgress, stage: number, stages: number): TrainingProgress {
  const { maxEpochs } = step;
  return { ...step, epoch: stage * maxEpochs + step.epoch, maxEpochs: stages * maxEpochs };
}

function sample(starts: Uint32Array, most: number): Uint32Array {
  const every = Math.ceil(starts.length / most);
  return starts.filter((_, place) => place % every === 0);
}

function gatherLength(runs: readonly { readonly from: number; readonly to: number }[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from, 0);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
