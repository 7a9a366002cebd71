import type { OpcuaValue } from "./opcua-client.ts";
import type { OpcuaTag } from "./opcua-tag.ts";
import { qualityOf } from "./to-reading.ts";

/** A time of which nothing was delivered although the server may know it; both ends were delivered. */
export interface Gap {
  readonly tag: OpcuaTag;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Finds what is missing between the last value before a session or link ended and the first one after. */
export interface GapFinder {
  /** Nothing is heard of any tag until its next value. */
  interrupt(): void;
  see(tag: OpcuaTag, value: OpcuaValue): void;
  /** The gaps that were found since this was asked last. */
  take(): readonly Gap[];
}

/** A sample may come a little late without one being missing. */
const GAP_IN_SAMPLES = 1.5;

export function gapFinder(samplingMs: number): GapFinder {
  const newest = new Map<OpcuaTag, number>();
  let interrupted = new Set<OpcuaTag>();
  let gaps: Gap[] = [];
  return {
    interrupt() {
      interrupted = new Set(newest.keys());
    },
    see(tag, { sourceTimeMs, statusCode }) {
      if (sourceTimeMs === undefined || qualityOf(statusCode) === "bad") return;
      const fromMs = newest.get(tag) ?? Number.NEGATIVE_INFINITY;
      const isGap = interrupted.delete(tag) && sourceTimeMs - fromMs > GAP_IN_SAMPLES * samplingMs;
      if (isGap) gaps.push({ tag, fromMs, toMs: sourceTimeMs });
      newest.set(tag, Math.max(sourceTimeMs, fromMs));
    },
    take() {
      const taken = gaps;
      gaps = [];
      return taken;
    },
  };
}
