import type { Reading } from "../core/reading.ts";
import { GatewayError } from "../errors.ts";
import type { Source } from "../sources/source.ts";
import type { Machine } from "./machine.ts";

/** Hands each reading to the machines that want its tag; `false` when none does. */
export function createRouter(machines: readonly Machine[]): (reading: Reading) => boolean {
  const takers = new Map<string, Machine[]>();
  for (const machine of machines) {
    for (const tag of machine.tags) takers.set(tag, [...(takers.get(tag) ?? []), machine]);
  }
  return (reading) => {
    const wanting = takers.get(reading.tag);
    if (wanting === undefined) return false;
    for (const machine of wanting) machine.push(reading);
    return true;
  };
}

/**
 * Checks that every tag that a machine needs comes from exactly one source.
 *
 * @throws GatewayError `CONFIG_INVALID` naming the machine, the missing tags and the tags there are, or the tag that comes twice
 */
export function requireTags(machines: readonly Machine[], sources: readonly Source[]): void {
  const deliveredBy = new Map<string, string>();
  for (const { name, tags } of sources) {
    for (const tag of tags) {
      const other = deliveredBy.get(tag.name);
      if (other !== undefined) {
        throw new GatewayError(
          "CONFIG_INVALID",
          `tag "${tag.name}" comes from two sources: ${other} and ${name}`,
          {
            hint: "Give the tag another name in one of them.",
          },
        );
      }
      deliveredBy.set(tag.name, name);
    }
  }
  for (const { name, tags } of machines) {
    const missing = tags.filter((tag) => !deliveredBy.has(tag));
    if (missing.length === 0) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `machine "${name}": its model needs ${missing.join(", ")}, the sources deliver ${[...deliveredBy.keys()].join(", ")}`,
      { hint: "Add the tag to a source, or map its name with the machine's tagNames." },
    );
  }
}
