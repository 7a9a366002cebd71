import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { requireTags } from "../../math/require-tags.ts";
import { type FrameTable, tableOf } from "../learn/frame-table.ts";
import { collectFrames, readFrames } from "../training-frames.ts";
import type { PackSettings } from "./pack-options.ts";

const OWNER = "packModel";

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
