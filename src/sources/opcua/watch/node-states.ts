import type { Reading } from "../../../core/reading.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { OpcuaTarget, OpcuaValue } from "../opcua-client.ts";
import { NODE_ID_UNKNOWN, namespaceUnknown } from "../opcua-failure.ts";
import type { OpcuaTag } from "../opcua-tag.ts";
import type { ArraySpacing } from "./array-spacing.ts";
import type { GapFinder } from "./gap-finder.ts";
import { emptyReport, keepReport, type LastReport } from "./last-report.ts";
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
  /** A value came. */
  note(tag: OpcuaTag, value: OpcuaValue): void;
  /** The server accepted the node, or refused it. */
  answer(tag: OpcuaTag, statusCode: number): void;
  /** The namespace of the node is not on the server. */
  missNamespace(tag: OpcuaTag, namespaces: readonly string[]): void;
  /** What there is to tell since this was asked last. */
  collect(): readonly SourceUpdate[];
  /** The link broke: what is known may be old. */
  forget(): void;
  /** Monitored, but not heard of since the link broke. */
  isStale(tag: OpcuaTag): boolean;
  /** Of this session. */
  lastReport(tag: OpcuaTag): LastReport;
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
  const reports = new Map(tags.map((tag) => [tag, emptyReport()]));
  const troubles = nodeTroubles(target);
  const lastReport = (tag: OpcuaTag): LastReport => reports.get(tag) as LastReport;
  gaps.interrupt();
  arrays.interrupt();

  let updates: SourceUpdate[] = [];
  let plain: Reading[] = []; // need no explanation

  const tell = (tag: OpcuaTag, value: OpcuaValue): void => {
    const readings = readingsOf(options, tag, value);
    if (readings.every(isValue)) {
      troubles.clear(tag);
      for (const reading of readings) plain.push(reading);
      return;
    }
    const explained = troubles.explain(tag, value, readings);
    if (explained.length === 0) return;
    updates.push({ readings: plain }, ...explained);
    plain = [];
  };

  const note = (tag: OpcuaTag, value: OpcuaValue): void => {
    if (value.isResent) return void plain.push(...resentReadings(options, tag, value));
    if (hasOverflow(value.statusCode)) updates.push({ count: "overflows" });
    tell(tag, value);
    gaps.see(tag, value);
    stale.delete(tag);
    keepReport(lastReport(tag), value);
    if (value.statusCode === NODE_ID_UNKNOWN) refused.add(tag);
  };

  const collect = (): readonly SourceUpdate[] => {
    const collected = plain.length > 0 ? [...updates, { readings: plain }] : updates;
    updates = [];
    plain = [];
    return collected;
  };

  return {
    note,
    collect,
    answer(tag, statusCode) {
      if (qualityOf(statusCode) === "bad") {
        refused.add(tag);
        note(tag, { statusCode, value: undefined });
      } else refused.delete(tag);
    },
    missNamespace(tag, namespaces) {
      refused.add(tag);
      const error = namespaceUnknown(target, tag, namespaces);
      updates.push(...troubles.blank(tag, { part: `tag ${tag.name}`, error }));
    },
    forget() {
      for (const tag of tags) stale.add(tag);
      troubles.clearAll();
      gaps.interrupt();
      arrays.interrupt();
    },
    isStale: (tag) => stale.has(tag) && !refused.has(tag),
    lastReport,
    refused: () => [...refused],
  };
}

function isValue({ quality }: Reading): boolean {
  return quality !== "bad";
}

function shareMs({ samplingMs }: OpcuaTarget, { value }: OpcuaValue): number {
  return samplingMs / Math.max(1, (value as ArrayLike<unknown> | null)?.length ?? 1);
}

/** They say nothing about how the node stands now. */
function resentReadings(
  { target, timestamps, clock, gaps }: NodeStatesOptions,
  tag: OpcuaTag,
  value: OpcuaValue,
): readonly Reading[] {
  const { sourceTimeMs } = value;
  if (sourceTimeMs !== undefined && !gaps.resend(tag, sourceTimeMs)) return [];
  const timeMs = stampOf(value, timestamps, clock());
  const readings = tag.array
    ? toReadings(tag.name, value, timeMs, tag.array.elementMs ?? shareMs(target, value))
    : [toReading(tag.name, value, timeMs)];
  return readings.map((reading): Reading => ({ ...reading, late: true }));
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
