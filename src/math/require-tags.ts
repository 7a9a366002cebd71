import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";

/**
 * Checks what every source asks of its tags.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` when there is none, a name is empty or used twice, or a range is not low to high.
 */
export function requireTags(owner: string, tags: readonly Tag[]): void {
  const invalid = (message: string): GatewayError =>
    new GatewayError("CONFIG_INVALID", `${owner}: ${message}`);
  if (!Array.isArray(tags) || tags.length === 0)
    throw invalid("tags must hold one or more tags, got none");
  const names = new Set<string>();
  for (const { name, range } of tags as readonly Tag[]) {
    if (typeof name !== "string" || name === "") {
      throw invalid(`tags: name must be a text that is not empty, got ${JSON.stringify(name)}`);
    }
    if (names.has(name)) throw invalid(`tags: name must be unique, got "${name}" twice`);
    names.add(name);
    if (range && !(range[0] < range[1])) {
      throw invalid(
        `tags: range of "${name}" must go from low to high, got ${range[0]} to ${range[1]}`,
      );
    }
  }
}
