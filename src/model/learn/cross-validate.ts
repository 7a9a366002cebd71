import type { Normalizer } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { fitNormalizer } from "../../math/normalizer.ts";
import { countRows, type RowSpan } from "../../math/row-run.ts";
import type { TagNature } from "../../math/tag-nature.ts";
import type { FittedNetwork } from "../fit-network.ts";
import { encodeNetwork } from "../onnx/network.ts";
import { type OnnxSession, openSession } from "../runtime.ts";
import { type FitPlan, fitAutoencoder } from "./fit-autoencoder.ts";
import { prepareFrames } from "./prepare-frames.ts";
import { cutRuns, startsOf } from "./window-runs.ts";

/** What is learnt from. */
export interface Lesson {
  readonly tags: readonly Tag[];
  readonly natures: readonly TagNature[];
  readonly periodMs: number;
  /** Shape `[rows, tags]`, engineering units. */
  readonly values: Float64Array;
  /** Rows that follow each other, that are known, and that the machine ran in. */
  readonly runs: readonly RowSpan[];
}

/** One block of time, seen by a network that has learnt from all the others. */
export interface Fold {
  readonly session: OnnxSession;
  readonly fitted: FittedNetwork;
  /** Shape `[rows, tags]`: the block's rows as this fold's own normalizer shows them. */
  readonly frames: Float32Array;
  /** The block's runs; levels start anew in the first. */
  readonly heldOut: readonly RowSpan[];
}

/**
 * Learns everything but one block, normalizer and all, for every block: what such a network makes of its block is what can be
 * expected of data it has never seen. Blocks with no window in them, or nothing to learn beside them, give no fold.
 *
 * @param use what is made of the folds; their sessions are released when it is done, or when learning fails or is aborted
 */
export async function crossValidate<T>(
  lesson: Lesson,
  blocks: readonly RowSpan[],
  plan: FitPlan,
  use: (folds: readonly Fold[]) => Promise<T>,
  onFold: () => void = () => {},
): Promise<T> {
  const folds: Fold[] = [];
  try {
    for (const block of blocks) {
      const fold = await fitFold(lesson, cutRuns(lesson.runs, block), plan);
      if (fold !== undefined) folds.push(fold);
      onFold();
    }
    return await use(folds);
  } finally {
    for (const { session } of folds) await session.release();
  }
}

async function fitFold(
  { tags, natures, periodMs, values }: Lesson,
  { within, outside }: ReturnType<typeof cutRuns>,
  plan: FitPlan,
): Promise<Fold | undefined> {
  const { drift, windowLength } = plan;
  const width = tags.length;
  const windows = {
    training: startsOf(outside, windowLength),
    heldOut: startsOf(within, windowLength),
  };
  if (windows.training.length === 0 || windows.heldOut.length === 0) return undefined;
  const known = gatherRows(values, outside, width);
  const normalizer: Normalizer = fitNormalizer(known, tags, { ...plan.normalizer, natures });
  const { frames } = prepareFrames(values, outside, normalizer, drift, periodMs);
  const own = prepareFrames(values, within, normalizer, drift, periodMs).frames;
  for (const { from, to } of within) {
    frames.set(own.subarray(from * width, to * width), from * width);
  }
  const { design, fitted } = await fitAutoencoder(frames, windows, width, plan);
  const session = await openSession(encodeNetwork(design, fitted.parameters, []), "fold");
  return { session, fitted, frames, heldOut: within };
}

/** The rows of some runs, one after the other, with an unknown row between two of them: what changed there is no step of a counter. */
export function gatherRows(
  values: Float64Array,
  runs: readonly RowSpan[],
  tags: number,
): Float64Array {
  const rows = countRows(runs) + Math.max(0, runs.length - 1);
  const gathered = new Float64Array(rows * tags).fill(Number.NaN);
  let at = 0;
  for (const { from, to } of runs) {
    gathered.set(values.subarray(from * tags, to * tags), at);
    at += (to - from + 1) * tags;
  }
  return gathered;
}
