import type { ModelCard } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TrainingProgress } from "./fit-network.ts";
import { composeTrainedCard } from "./learn/compose-trained-card.ts";
import { crossValidate } from "./learn/cross-validate.ts";
import { fitOnAll } from "./learn/fit-on-all.ts";
import { type FrameTable, framesOf } from "./learn/frame-table.ts";
import { scoreHeldOut } from "./learn/held-out-scores.ts";
import { prepareLesson } from "./learn/prepare-lesson.ts";
import { measureHoles } from "./measure-holes.ts";
import { cardMetadata, sealModel } from "./model-file.ts";
import { encodeNetwork } from "./onnx/network.ts";
import { openSession } from "./runtime.ts";
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
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Learns a model from a recording, and gives back its file.
 *
 * Every block of time is first held out in turn: what a network that has not seen it makes of it says how long to train, how the
 * tags are to be weighed, what a normal score is, and where the alarm begins. Then one network learns everything.
 */
export async function learnModel(
  { table, tags, settings }: TrainingJob,
  options: LearnOptions = {},
): Promise<Uint8Array> {
  const frames = framesOf(table);
  const stages = createStages(options);
  const prepared = await prepareLesson(
    { frames, table, tags, settings },
    { ...options, ...stages },
  );
  const { lesson, blocks, plan } = prepared;
  const window = { length: plan.windowLength, tags: tags.length };
  const { heldOut, fits } = await crossValidate(
    lesson,
    blocks,
    plan,
    async (folds) => ({
      heldOut: await scoreHeldOut(folds, window, settings, prepared),
      fits: folds.map(({ fitted }) => fitted),
    }),
    stages.next,
  );

  const epochs = middle(fits.map((fitted) => fitted.epochs));
  const final = await fitOnAll(lesson, plan, epochs);
  const { design, fitted } = final;
  const session = await openSession(encodeNetwork(design, fitted.parameters, []), "network");
  try {
    const facts = { frames, table, tags, settings, prepared, fits, heldOut, epochs, final };
    const card: ModelCard = await composeTrainedCard(facts, session);
    const missingRise = await measureHoles(card, session, table.values, final.starts);
    const complete = { ...card, calibration: { ...card.calibration, missingRise } };
    return sealModel(encodeNetwork(design, fitted.parameters, [cardMetadata(complete)]));
  } finally {
    await session.release();
  }
}

interface Stages {
  /** Told of the epochs of the network at hand. */
  readonly onProgress: (progress: TrainingProgress) => void;
  /** So many networks are to be fitted. */
  expect(count: number): void;
  /** The next network begins. */
  next(): void;
}

/** Counts the epochs of several networks as one work. */
function createStages({ onProgress = () => {} }: LearnOptions): Stages {
  let stages = 1;
  let stage = 0;
  let longest = 0;
  return {
    onProgress(step) {
      longest = Math.max(longest, step.maxEpochs); // the last network takes as many as the others needed
      const epoch = stage * longest + step.epoch;
      onProgress({ ...step, epoch, maxEpochs: stages * longest });
    },
    expect(count) {
      stages = count;
    },
    next() {
      stage += 1;
    },
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
