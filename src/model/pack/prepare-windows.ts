import type { DriftRule, Normalizer } from "../../core/model-card.ts";
import { gatherRows } from "../learn/cross-validate.ts";
import { framesOf } from "../learn/frame-table.ts";
import { prepareFrames } from "../learn/prepare-frames.ts";
import { type PreparedLesson, prepareLesson } from "../learn/prepare-lesson.ts";
import type { RecordedTags } from "../learn/read-recording.ts";
import { startsOf } from "../learn/window-runs.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import type { PackSettings } from "./pack-options.ts";
import { type Rescaling, rescale } from "./rescaling.ts";
import { scaleTags } from "./scale-tags.ts";
import { fitWindowInput, type WindowInput, type WindowLike } from "./window-input.ts";

/** Windows that a foreign graph is tried on, spread over the recording. */
const TRIAL_WINDOWS = 4;

/** A recording of normal operation, as a foreign graph is to see it. */
export interface PreparedWindows {
  readonly input: WindowInput;
  /** What training would have made of the recording. */
  readonly prepared: PreparedLesson;
  readonly normalizer: Normalizer;
  readonly drift: DriftRule;
  readonly rescaling: Rescaling | undefined;
  /** Shape `[rows, tags]`, normalized. */
  readonly frames: Float32Array;
  /** First rows of the windows. None is held out, as the model has learnt from none of them. */
  readonly starts: Uint32Array;
}

/**
 * Cuts the recording into windows of the length that the graph takes, as training does: without those in which the machine is off or
 * starting, and without the few that are far stranger than the others.
 *
 * @throws GatewayError `MODEL_MISMATCH`, `TRAINING_DATA_INSUFFICIENT`, `CONFIG_INVALID`
 */
export async function prepareWindows(
  like: WindowLike,
  { tags, table }: RecordedTags,
  settings: PackSettings,
): Promise<PreparedWindows> {
  const { name, stride, running, signal } = settings;
  const { values, periodMs } = table;
  const input = fitWindowInput(like, tags.length, settings.windowLength, name);
  const windowLength = input.window.length;
  const training = {
    ...TRAINING_DEFAULTS,
    ...{ name, stride, windowLength },
    ...(running !== undefined && { running }),
  };
  const prepared = await prepareLesson(
    { frames: framesOf(table), table, tags, settings: training },
    { onProgress() {}, expect() {}, signal },
  );
  const { runs } = prepared.lesson;
  const known = gatherRows(values, runs, tags.length);
  const { normalizer, rescaling } = scaleTags(known, tags, settings);
  const { drift: pace } = prepared.plan;
  const { frames, offset } = prepareFrames(values, runs, normalizer, pace, periodMs);
  const drift = { ...pace, offset };
  const starts = startsOf(runs, windowLength);
  return { input, prepared, normalizer, drift, rescaling, frames, starts };
}

/** A few windows of normal operation, and one in which nothing moves, as the graph takes them. */
export function trialWindows({ input, starts, rescaling, frames }: PreparedWindows): {
  readonly windows: readonly Float32Array[];
  readonly still: Float32Array;
} {
  const { length, tags } = input.window;
  const asTaken = (window: Float32Array): Float32Array =>
    rescaling === undefined ? window : rescale(window, rescaling);
  const windows = Array.from({ length: TRIAL_WINDOWS }, (_, place) => {
    const nth = Math.floor((place * (starts.length - 1)) / (TRIAL_WINDOWS - 1));
    const start = starts[nth] as number;
    return asTaken(frames.subarray(start * tags, (start + length) * tags));
  });
  return { windows, still: asTaken(new Float32Array(length * tags)) };
}
