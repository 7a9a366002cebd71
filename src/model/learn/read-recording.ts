import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { requireTags } from "../../math/require-tags.ts";
import type { Source } from "../../sources/source.ts";
import { collectFrames, type ReadFramesOptions, readFrames } from "../training-frames.ts";
import type { TrainingData } from "../training-options.ts";
import { type FrameTable, tableOf } from "./frame-table.ts";

/** A recording, and what its cells are. */
export interface RecordedTags {
  readonly tags: readonly Tag[];
  readonly table: FrameTable;
}

/**
 * Reads a source, or frames, to the end.
 *
 * @param owner named in errors
 * @throws GatewayError `CONFIG_INVALID` for tags that are not those of the source or frames; and what the source throws
 */
export async function readRecording(
  owner: string,
  data: TrainingData,
  options: ReadFramesOptions & { readonly tags?: readonly Tag[] },
): Promise<RecordedTags> {
  if (!("readings" in data)) {
    const { tags = [], signal } = options;
    requireTags(owner, tags);
    return { tags, table: await tableOf(await collectFrames(data, signal), tags, owner) };
  }
  const { name, readings, status } = data;
  const tags = selectTags(owner, data, options.tags);
  const frames = await readFrames({ name, readings, status, tags }, options);
  return { tags, table: await tableOf(frames, tags, owner) };
}

/** The tags that were asked for, each with what the source knows of it where nothing else was said. */
function selectTags(
  owner: string,
  { name: source, tags: delivered }: Source,
  asked = delivered,
): readonly Tag[] {
  requireTags(owner, asked);
  return asked.map((tag) => {
    const known = delivered.find(({ name }) => name === tag.name);
    if (known !== undefined) return { ...known, ...tag };
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: tags must be tags of ${source} (${delivered.map(({ name }) => name).join(", ")}), got "${tag.name}"`,
    );
  });
}
