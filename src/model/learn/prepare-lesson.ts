import type { Frame } from "../../core/frame.ts";
import type { RunningRule, TrainingChoice } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { describeTags } from "../../math/normalizer.ts";
import { countRows, type RowSpan } from "../../math/row-run.ts";
import type { Checkpoint } from "../checkpoint.ts";
import type { TrainingProgress } from "../fit-network.ts";
import type { TimeSpan, TrainingSettings } from "../training-options.ts";
import { gatherRows, type Lesson } from "./cross-validate.ts";
import type { FitPlan } from "./fit-autoencoder.ts";
import type { FrameTable } from "./frame-table.ts";
import { findStrangeRows, runsWithout } from "./leave-out.ts";
import { blockCount, chooseWindowLength, planFit, requireEnough } from "./plan-fit.ts";
import { findStoppedRows } from "./stopped-rows.ts";
import { findRuns, splitBlocks } from "./window-runs.ts";

/** Time constant of the average over scores: long enough to take the noise out, short enough for an alarm to come in time. */
export const SMOOTHING_FRAMES = 10;

/** What a model is to learn, and how. */
export interface PreparedLesson {
  readonly lesson: Lesson;
  /** Blocks of time to be held out in turn. */
  readonly blocks: readonly RowSpan[];
  readonly plan: FitPlan;
  readonly running: RunningRule | undefined;
  readonly choices: readonly TrainingChoice[];
  /** Shape `[rows]`: 1 for a row that is left out because it is far stranger than the others. */
  readonly strange: Uint8Array;
  /** Shape `[rows]`: 1 for a row in a stretch that looked strange and is known to be harmless. */
  readonly harmless: Uint8Array;
  readonly smoothingMs: number;
  /** Share by which a new score moves the average of the one before; 1 where the recording is in pieces, too short for an average. */
  readonly smoothing: number;
}

interface Recording {
  readonly frames: readonly Frame[];
  readonly table: FrameTable;
  readonly tags: readonly Tag[];
  readonly settings: TrainingSettings;
}

interface Company {
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal | undefined;
  readonly checkpoint?: Checkpoint | undefined;
  /** Told how many networks are going to be fitted. */
  readonly expect: (networks: number) => void;
}

/**
 * Finds what of a recording can be learnt from: rows that are known, in which the machine ran, and that are not far stranger
 * than the others.
 *
 * @throws GatewayError `TRAINING_DATA_INSUFFICIENT`, `CONFIG_INVALID` for an expression that cannot be read
 */
export async function prepareLesson(
  { frames, table, tags, settings }: Recording,
  { onProgress, signal, checkpoint, expect }: Company,
): Promise<PreparedLesson> {
  const { values, periodMs } = table;
  const { running, usable, choices } = findStoppedRows(table, tags, settings);
  const windowLength = chooseWindowLength(frames.length, settings);
  const blocks = splitBlocks(frames.length, blockCount(frames.length, windowLength));
  const all = findRuns(frames, usable);
  requireEnough({ frames, values, tags, runs: all, blocks, windowLength });
  expect(blocks.length + 1);

  const spanMs = countRows(all) * periodMs;
  const plan = planFit(settings, {
    ...{ windowLength, tags: tags.length, spanMs, signal, checkpoint, onProgress },
  });
  const natures = describeTags(gatherRows(values, all, tags.length), tags.length);
  const lesson: Lesson = { tags, natures, periodMs, values, runs: all };
  const strange = await findStrangeRows(lesson, blocks, plan, settings.maxLeftOutShare);
  const smoothingMs = settings.smoothingMs ?? SMOOTHING_FRAMES * periodMs;
  const runs = runsWithout(frames, usable, strange);
  const smoothing = -Math.expm1((-settings.stride * periodMs) / smoothingMs);
  return {
    lesson: { ...lesson, runs },
    ...{ blocks, plan, running, choices, strange, smoothingMs },
    harmless: rowsWithin(settings.harmless ?? [], table.timesMs),
    smoothing: isInPieces(runs, windowLength, smoothing) ? 1 : smoothing,
  };
}

function rowsWithin(spans: readonly TimeSpan[], timesMs: Float64Array): Uint8Array {
  const rows = new Uint8Array(timesMs.length);
  for (const { fromMs, toMs } of spans) {
    for (let row = 0; row < rows.length; row += 1) {
      const timeMs = timesMs[row] as number;
      if (timeMs >= fromMs && timeMs <= toMs) rows[row] = 1;
    }
  }
  return rows;
}

/**
 * Whether most windows lie in runs that end before an average has left the usual score: these cannot show how far averages of normal operation go. A single score goes farther, so
 * what it tells of a threshold is cautious.
 */
function isInPieces(runs: readonly RowSpan[], windowLength: number, smoothing: number): boolean {
  const windows = runs.map(({ from, to }) => Math.max(0, to - from - windowLength + 1));
  const settled = windows.filter((count) => count * smoothing >= 1);
  const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
  return sum(settled) < sum(windows) / 2;
}
