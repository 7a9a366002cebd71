import type { Frame } from "../../core/frame.ts";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import type { RowSpan } from "../../math/row-run.ts";
import type { Checkpoint } from "../checkpoint.ts";
import type { TrainingProgress } from "../fit-network.ts";
import type { TrainingSettings } from "../training-options.ts";
import type { FitPlan } from "./fit-autoencoder.ts";
import { cutRuns, startsOf } from "./window-runs.ts";

/** Long enough to see how tags move together, short enough for an alarm to come in time. */
const USUAL_WINDOW = 16;
/** A short recording gets windows so short that it holds this many of them, one after the other. */
const WINDOWS_PER_RECORDING = 12;
const SHORTEST_WINDOW = 2;
/** Fewer held-out windows say nothing about what is normal. */
const MIN_HELD_OUT_WINDOWS = 16;
const BLOCKS = { usual: 5, ofLongRecordings: 3, least: 2 } as const;
/** Rows from which on a recording is long: its blocks say enough, and each costs a training. */
const LONG_RECORDING = 20_000;
/** Levels that wander more slowly than this many lengths of the recording are followed: it could not show how far they go. */
export const DRIFT_RECORDINGS = 4;
/** Spreads that a value moves its level by at most. */
const DRIFT_LIMIT = 2;

/** How long windows are: as asked for, or as the recording allows. */
export function chooseWindowLength(rows: number, { windowLength }: TrainingSettings): number {
  if (windowLength !== undefined) return windowLength;
  const affordable = Math.floor(rows / WINDOWS_PER_RECORDING);
  return Math.min(USUAL_WINDOW, Math.max(SHORTEST_WINDOW, affordable));
}

/** Blocks of time that are held out in turn. */
export function blockCount(rows: number, windowLength: number): number {
  const most = rows > LONG_RECORDING ? BLOCKS.ofLongRecordings : BLOCKS.usual;
  const affordable = Math.floor(rows / (windowLength + MIN_HELD_OUT_WINDOWS));
  return Math.min(most, Math.max(BLOCKS.least, affordable));
}

export interface PlanFacts {
  readonly windowLength: number;
  readonly tags: number;
  /** Length of the recording that is learnt from. */
  readonly spanMs: number;
  readonly signal: AbortSignal | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/** The settings, completed by what follows from the recording. */
export function planFit(settings: TrainingSettings, facts: PlanFacts): FitPlan {
  const { windowLength, tags, spanMs, signal, checkpoint, onProgress } = facts;
  const { kind, normalizer, clip, driftMs, hiddenLayers, maxLeftOutShare } = settings;
  const { seed, batchSize, learningRate, maxEpochs, patience } = settings;
  return {
    kind,
    windowLength,
    normalizer: { kind: normalizer, clip },
    drift: { timeMs: driftMs ?? DRIFT_RECORDINGS * spanMs, limit: DRIFT_LIMIT },
    hiddenLayers: hiddenLayers ?? usualLayers(windowLength * tags),
    ...{ seed, batchSize, learningRate, maxEpochs, patience, maxLeftOutShare },
    signal,
    checkpoint,
    onProgress,
  };
}

function usualLayers(cells: number): readonly number[] {
  const within = (low: number, size: number, high: number): number =>
    Math.min(high, Math.max(low, Math.round(size)));
  const outer = within(8, cells / 2, 128);
  return [outer, within(2, cells / 16, 16), outer];
}

interface Recording {
  readonly frames: readonly Frame[];
  readonly values: Float64Array;
  readonly tags: readonly Tag[];
  readonly runs: readonly RowSpan[];
  readonly blocks: readonly RowSpan[];
  readonly windowLength: number;
}

/** @throws GatewayError `TRAINING_DATA_INSUFFICIENT` saying how much is needed, and what was there */
export function requireEnough(recording: Recording): void {
  const { frames, runs, blocks, windowLength } = recording;
  const windows = startsOf(runs, windowLength).length;
  const heldOut = blocks.map((block) => startsOf(cutRuns(runs, block).within, windowLength).length);
  const useful = heldOut.filter((count) => count > 0);
  const total = useful.reduce((sum, count) => sum + count, 0);
  if (useful.length >= BLOCKS.least && total >= MIN_HELD_OUT_WINDOWS) return;
  const needed = BLOCKS.least * (windowLength + MIN_HELD_OUT_WINDOWS / BLOCKS.least - 1);
  const empty = emptyTags(recording);
  const why =
    empty.length > 0 && frames.length > 0
      ? `no good reading of ${empty.join(", ")}`
      : `${frames.length} frames with ${windows} windows, ${total} of them within a block that can be held out`;
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `expected at least ${needed} frames in a row with every tag known for windows of ${windowLength}, got ${why}`,
    { hint: "Record longer, shorten the window, or leave the tag out." },
  );
}

function emptyTags({ frames, values, tags }: Recording): string[] {
  return tags
    .filter((_, tag) => frames.every((__, row) => Number.isNaN(values[row * tags.length + tag])))
    .map(({ name }) => name);
}
