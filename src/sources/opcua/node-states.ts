import type { Reading } from "../../core/reading.ts";
import type { SourceUpdate } from "../source-update.ts";
import type { ArraySpacing } from "./array-spacing.ts";
import type { GapFinder } from "./gap-finder.ts";
import type { OpcuaTarget, OpcuaValue } from "./opcua-client.ts";
import { NODE_ID_UNKNOWN, namespaceUnknown, statusTrouble } from "./opcua-failure.ts";
import type { OpcuaTag } from "./opcua-tag.ts";
import {
  hasOverflow,
  type OpcuaTimestamps,
  qualityOf,
  stampOf,
  toReading,
  toReadings,
} from "./to-reading.ts";

/** What one session knows of its nodes. */
export interface NodeStates {
  /** Values came together. */
  update(values: readonly (readonly [OpcuaTag, OpcuaValue])[]): readonly SourceUpdate[];
  /** The server accepted the node, or refused it. */
  answer(tag: OpcuaTag, statusCode: number): readonly SourceUpdate[];
  /** The namespace of the node is not on the server. */
  missNamespace(tag: OpcuaTag, namespaces: readonly string[]): SourceUpdate;
  /** The link broke: what is known may be old. */
  forget(): void;
  /** Monitored, but not heard of since the link broke. */
  isStale(tag: OpcuaTag): boolean;
  /** To be asked for again. */
  refused(): readonly OpcuaTag[];
}

export interface NodeStatesOptions {
  readonly target: OpcuaTarget;
  readonly tags: readonly OpcuaTag[];
  readonly timestamps: OpcuaTimestamps;
  readonly clock: () => number;
  readonly gaps: GapFinder;
  readonly arrays: ArraySpacing;
}

export function nodeStates(options: NodeStatesOptions): NodeStates {
  const { target, tags, gaps, arrays } = options;
  const refused = new Set<OpcuaTag>();
  const stale = new Set<OpcuaTag>();
  gaps.interrupt();
  arrays.interrupt();

  /** Readings that need no explanation, or what else is to be told. */
  const tell = (tag: OpcuaTag, value: OpcuaValue): readonly Reading[] | SourceUpdate => {
    const { statusCode } = value;
    const readings = readingsOf(options, tag, value);
    gaps.see(tag, value);
    stale.delete(tag);
    if (statusCode === NODE_ID_UNKNOWN) refused.add(tag);
    if (readings.every(({ quality }) => quality !== "bad")) return readings;
    const trouble = { part: `tag ${tag.name}`, error: statusTrouble(target, tag, statusCode) };
    // Often the value that follows is stamped long before: when it last changed.
    if (value.sourceTimeMs === undefined && readings.length === 1) {
      return { blank: [tag.name], statusCode, trouble };
    }
    return { readings, trouble };
  };

  const update: NodeStates["update"] = (values) => {
    const updates: SourceUpdate[] = [];
    let plain: Reading[] = [];
    for (const [tag, value] of values) {
      if (hasOverflow(value.statusCode)) updates.push({ count: "overflows" });
      const told = tell(tag, value);
      if (Array.isArray(told)) {
        plain.push(...(told as readonly Reading[]));
        continue;
      }
      updates.push({ readings: plain }, told as SourceUpdate);
      plain = [];
    }
    updates.push({ readings: plain });
    return updates;
  };

  return {
    update,
    answer(tag, statusCode) {
      if (qualityOf(statusCode) === "bad") {
        refused.add(tag);
        return update([[tag, { statusCode, value: undefined }]]);
      }
      refused.delete(tag);
      return [];
    },
    missNamespace(tag, namespaces) {
      refused.add(tag);
      const error = namespaceUnknown(target, tag, namespaces);
      return { blank: [tag.name], trouble: { part: `tag ${tag.name}`, error } };
    },
    forget() {
      for (const tag of tags) stale.add(tag);
      gaps.interrupt();
      arrays.interrupt();
    },
    isStale: (tag) => stale.has(tag) && !refused.has(tag),
    refused: () => [...refused],
  };
}

function readingsOf(
  { timestamps, clock, arrays }: NodeStatesOptions,
  tag: OpcuaTag,
  value: OpcuaValue,
): readonly Reading[] {
  const timeMs = stampOf(value, timestamps, clock());
  if (!tag.array) return [toReading(tag.name, value, timeMs)];
  const { elementMs, isRepeated } = arrays.place(tag, value, timeMs);
  const readings = toReadings(tag.name, value, timeMs, elementMs);
  return isRepeated ? readings.slice(-1) : readings;
}
