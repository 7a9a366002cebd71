import type { SourceUpdate } from "../source-update.ts";
import type { OpcuaTarget, OpcuaValue } from "./opcua-client.ts";
import { NODE_ID_UNKNOWN, statusTrouble } from "./opcua-failure.ts";
import type { OpcuaTag } from "./opcua-tag.ts";
import { qualityOf, toReading } from "./to-reading.ts";

/** What one session knows of its nodes. */
export interface NodeStates {
  /** A value came. */
  update(tag: OpcuaTag, value: OpcuaValue): SourceUpdate;
  /** The server accepted the node, or refused it. */
  answer(tag: OpcuaTag, statusCode: number): readonly SourceUpdate[];
  /** The link broke: what is known may be old. */
  forget(): void;
  /** Monitored, but not heard of since the link broke. */
  isStale(tag: OpcuaTag): boolean;
  /** To be asked for again. */
  refused(): readonly OpcuaTag[];
}

export function nodeStates(
  target: OpcuaTarget,
  tags: readonly OpcuaTag[],
  clock: () => number,
): NodeStates {
  const refused = new Set<OpcuaTag>();
  const stale = new Set<OpcuaTag>();

  const update = (tag: OpcuaTag, value: OpcuaValue): SourceUpdate => {
    const { statusCode } = value;
    stale.delete(tag);
    if (statusCode === NODE_ID_UNKNOWN) refused.add(tag);
    const reading = toReading(tag.name, value, clock());
    if (reading.quality !== "bad") return { readings: [reading] };
    const error = statusTrouble(target, tag, statusCode);
    const trouble = { part: `tag ${tag.name}`, error };
    // Often the value that follows is stamped long before: when it last changed.
    if (value.sourceTimeMs === undefined) return { blank: [tag.name], statusCode, trouble };
    return { readings: [reading], trouble };
  };

  return {
    update,
    answer(tag, statusCode) {
      if (qualityOf(statusCode) === "bad") {
        refused.add(tag);
        return [update(tag, { statusCode, value: undefined })];
      }
      refused.delete(tag);
      return [];
    },
    forget() {
      for (const tag of tags) stale.add(tag);
    },
    isStale: (tag) => stale.has(tag) && !refused.has(tag),
    refused: () => [...refused],
  };
}
