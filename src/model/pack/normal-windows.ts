import type { RunningRule, TrainingChoice } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { requireTags } from "../../math/require-tags.ts";
import { type FrameTable, framesOf, tableOf } from "../learn/frame-table.ts";
import { findStoppedRows } from "../learn/stopped-rows.ts";
import { findRuns, type RowSpan, startsOf } from "../learn/window-runs.ts";
import { collectFrames, readFrames } from "../training-frames.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import type { PackSettings } from "./pack-options.ts";

const OWNER = "packModel";
/** Fewer windows say nothing about what is normal. */
const MIN_WINDOWS = 8;

/** A recording of normal operation. */
export interface NormalFrames {
  readonly tags: readonly Tag[];
  readonly table: FrameTable;
}

/**
 * Reads the frames to calibrate on.
 *
 * @throws GatewayError `CONFIG_INVALID` for tags that are not those of the source or frames; and what the source throws
 */
export async function readNormal(settings: PackSettings): Promise<NormalFrames> {
  const { normal } = settings;
  if (!("readings" in normal)) {
    const tags = settings.tags ?? [];
    requireTags(OWNER, tags);
    const frames = await collectFrames(normal, settings.signal);
    return { tags, table: await tableOf(frames, tags, OWNER) };
  }
  const { name, readings, status, tags: delivered } = normal;
  const asked = settings.tags ?? delivered;
  const tags = asked.map((tag) => ({ ...knownTag(normal, tag.name), ...tag }));
  requireTags(OWNER, tags);
  const frames = await readFrames({ name, readings, status, tags }, settings);
  return { tags, table: await tableOf(frames, tags, OWNER) };
}

function knownTag(
  { name: source, tags }: { readonly name: string; readonly tags: readonly Tag[] },
  wanted: string,
): Tag {
  const known = tags.find(({ name }) => name === wanted);
  if (known !== undefined) return known;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${OWNER}: tags must be tags of ${source} (${tags.map(({ name }) => name).join(", ")}), got "${wanted}"`,
  );
}

/** The windows to calibrate on. */
export interface NormalWindows {
  /** Rows that follow each other, all known, and the machine running. */
  readonly runs: readonly RowSpan[];
  /** First rows of the windows in them. */
  readonly starts: Uint32Array;
  readonly running: RunningRule | undefined;
  readonly choices: readonly TrainingChoice[];
}

/**
 * Finds the windows of normal operation, without those in which the machine is off or starting. None is held out, as the model
 * has learnt from none of them.
 *
 * @throws GatewayError `TRAINING_DATA_INSUFFICIENT`; `CONFIG_INVALID` for a wrong expression in `running`
 */
export function findWindows(
  { table, tags }: NormalFrames,
  length: number,
  { name, running: asked }: PackSettings,
): NormalWindows {
  const settings = { ...TRAINING_DEFAULTS, name, ...(asked !== undefined && { running: asked }) };
  const { running, usable, choices } = findStoppedRows(table, tags, settings);
  const runs = findRuns(framesOf(table), usable);
  const starts = startsOf(runs, length);
  if (starts.length >= MIN_WINDOWS) return { runs, starts, running, choices };
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `expected at least ${MIN_WINDOWS} windows of ${length} frames in a row with every tag known to calibrate on, got ${starts.length} in ${table.timesMs.length} frames`,
    {
      hint: "Record longer, or leave out the tags without good readings where the model does not need them.",
    },
  );
}
