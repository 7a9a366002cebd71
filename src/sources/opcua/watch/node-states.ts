import type { Reading } from "../../../core/reading.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { OpcuaTarget, OpcuaValue } from "../opcua-client.ts";
import { NODE_ID_UNKNOWN, namespaceUnknown } from "../opcua-failure.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import type { ArraySpacing } from "./array-spacing.ts";
import type { GapFinder } from "./gap-finder.ts";
import { nodeTroubles } from "./node-troubles.ts";
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
  missNamespace(tag: OpcuaTag, namespaces: readonly string[]): readonly SourceUpdate[];
  /** The link broke: what is known may be old. */
  forget(): void;
  /** Monitored, but not heard of since the link broke. */
  isStale(tag: OpcuaTag): boolean;
  /** Of this session. */
  newest(tag: OpcuaTag): OpcuaValue | undefined;
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
  const newest = new Map<OpcuaTag, OpcuaValue>();
  const troubles = nodeTroubles(target);
  gaps.interrupt();
  arrays.interrupt();

  /** Adds readings that need no explanation to `plain`, or gives what else is to be told. */
  const tell = (tag: OpcuaTag, value: OpcuaValue, plain: Reading[]): readonly SourceUpdate[] => {
    const { statusCode } = value;
    const readings = readingsOf(options, tag, value);
    gaps.see(tag, value);
    stale.delete(tag);
    newest.set(tag, value);
    if (statusCode === NODE_ID_UNKNOWN) refused.add(tag);
    const isPlain = readings.every(({ quality }) => quality !== "bad");
    if (isPlain) plain.push(...readings);
    const trouble = isPlain ? undefined : troubles.of(tag, statusCode);
    // Often the value that follows is stamped long before: when it last changed.
    if (trouble && value.sourceTimeMs === undefined && readings.length === 1) {
      return troubles.blank(tag, trouble, statusCode);
    }
    troubles.clear(tag);
    return trouble ? [{ readings, trouble }] : [];
  };

  const update: NodeStates["update"] = (values) => {
    const updates: SourceUpdate[] = [];
    let plain: Reading[] = [];
    for (const [tag, value] of values) {
      if (hasOverflow(value.statusCode)) updates.push({ count: "overflows" });
      const told = tell(tag, value, plain);
      if (told.length === 0) continue;
      updates.push({ readings: plain }, ...told);
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
      return troubles.blank(tag, { part: `tag ${tag.name}`, error });
    },
    forget() {
      for (const tag of tags) stale.add(tag);
      troubles.clearAll();
      gaps.interrupt();
      arrays.interrupt();
    },
    isStale: (tag) => stale.has(tag) && !refused.has(tag),
    newest: (tag) => newest.get(tag),
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
