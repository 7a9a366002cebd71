import type { DriftRule, Normalizer } from "../../core/model-card.ts";
import { gatherRows } from "../learn/cross-validate.ts";
import { planFit } from "../learn/plan-fit.ts";
import { prepareFrames } from "../learn/prepare-frames.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import { findWindows, type NormalFrames, type NormalWindows } from "./normal-windows.ts";
import type { PackSettings } from "./pack-options.ts";
import { type Rescaling, rescale } from "./rescaling.ts";
import { scaleTags } from "./scale-tags.ts";
import { fitWindowInput, type WindowInput, type WindowLike } from "./window-input.ts";

/** Windows that a foreign graph is tried on, spread over the recording. */
const TRIAL_WINDOWS = 4;

/** A recording of normal operation, as a foreign graph is to see it. */
export interface PreparedWindows {
  readonly input: WindowInput;
  readonly found: NormalWindows;
  readonly normalizer: Normalizer;
  readonly drift: DriftRule;
  readonly rescaling: Rescaling | undefined;
  /** Shape `[rows, tags]`, normalized. */
  readonly frames: Float32Array;
}

/**
 * Cuts the recording into windows of the length that the graph takes, and normalizes them as training does.
 *
 * @throws GatewayError `MODEL_MISMATCH`, `TRAINING_DATA_INSUFFICIENT`, `CONFIG_INVALID`
 */
export function prepareWindows(
  like: WindowLike,
  normal: NormalFrames,
  settings: PackSettings,
): PreparedWindows {
  const { name, windowLength } = settings;
  const { tags, table } = normal;
  const { values, periodMs } = table;
  const input = fitWindowInput(like, tags.length, windowLength, name);
  const found = findWindows(normal, input.window.length, settings);
  const known = gatherRows(values, found.runs, tags.length);
  const { normalizer, rescaling } = scaleTags(known, tags, settings);
  const { drift: pace } = planFit(
    { ...TRAINING_DEFAULTS, name },
    {
      windowLength: input.window.length,
      tags: tags.length,
      spanMs: (known.length / tags.length) * periodMs,
      signal: undefined,
      checkpoint: undefined,
      onProgress: () => {},
    },
  );
  const { frames, offset } = prepareFrames(values, found.runs, normalizer, pace, periodMs);
  return { input, found, normalizer, drift: { ...pace, offset }, rescaling, frames };
}

/** A few windows of normal operation, and one in which nothing moves, as the graph takes them. */
export function trialWindows({ input, found, rescaling, frames }: PreparedWindows): {
  readonly windows: readonly Float32Array[];
  readonly still: Float32Array;
} {
  const { starts } = found;
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
