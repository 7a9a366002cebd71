import type { Frame } from "../../core/frame.ts";
import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { follows } from "../../math/grid.ts";
import { requireTags } from "../../math/require-tags.ts";
import { collectFrames, readFrames } from "../training-frames.ts";
import { MIN_HELD_OUT_WINDOWS } from "../training-windows.ts";
import type { PackSettings } from "./pack-options.ts";

const OWNER = "packModel";

/** Normal operation, as one table. */
export interface NormalFrames {
  readonly tags: readonly Tag[];
  readonly frames: readonly Frame[];
  /** Shape `[rows, tags]`, in the tags' units; a cell that is not finite is `NaN`. */
  readonly values: Float64Array;
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
    return tabulate(await collectFrames(normal, settings.signal), tags);
  }
  const { name, readings, status, tags: delivered } = normal;
  const tags = (settings.tags ?? delivered).map((tag) => ({
    ...knownTag(normal, tag.name),
    ...tag,
  }));
  requireTags(OWNER, tags);
  return tabulate(await readFrames({ name, readings, status, tags }, settings), tags);
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

function tabulate(frames: readonly Frame[], tags: readonly Tag[]): NormalFrames {
  const values = new Float64Array(frames.length * tags.length);
  frames.forEach((frame, row) => {
    if (frame.values.length !== tags.length) {
      throw new GatewayError(
        "CONFIG_INVALID",
        `${OWNER}: expected one tag per cell of a frame (${frame.values.length}), got ${tags.length} tags`,
        { hint: "Give `tags` in the order in which the readings were aligned." },
      );
    }
    values.set(frame.values, row * tags.length);
  });
  values.forEach((value, cell) => {
    if (!Number.isFinite(value)) values[cell] = Number.NaN;
  });
  return { tags, frames, values };
}

/**
 * Finds the windows of normal operation: rows that follow each other on the grid, every cell known. None is held out, as the
 * model has learnt from none of them.
 *
 * @returns first rows of the windows
 * @throws GatewayError `TRAINING_DATA_INSUFFICIENT`
 */
export function findWindows({ frames, values, tags }: NormalFrames, length: number): Uint32Array {
  const starts: number[] = [];
  let run = 0; // rows up to here that follow each other and are known
  frames.forEach((frame, row) => {
    const cells = values.subarray(row * tags.length, (row + 1) * tags.length);
    if (cells.some(Number.isNaN)) run = 0;
    else run = follows(frames[row - 1], frame) ? run + 1 : 1;
    if (run >= length) starts.push(row - length + 1);
  });
  if (starts.length >= MIN_HELD_OUT_WINDOWS) return Uint32Array.from(starts);
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `expected at least ${MIN_HELD_OUT_WINDOWS} windows of ${length} frames in a row with every tag known to calibrate on, got ${starts.length} in ${frames.length} frames`,
    {
      hint: "Record longer, or leave out the tags without good readings where the model does not need them.",
    },
  );
}
