import type { OpcuaValue } from "../opcua-client.ts";
import type { OpcuaTag } from "../opcua-tag.ts";

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
  /** The oldest gap that is not filled; it is not given again. */
  take(): Gap | undefined;
  /** Could not be filled now. */
  giveBack(gap: Gap): void;
  /** A part of a gap that was filled. */
  fill(gap: Gap): void;
  /** The server sends again what was lost; `false` when it was filled already. */
  resend(tag: OpcuaTag, timeMs: number): boolean;
  /** Whether the server has sent again by itself what belongs there. */
  wasResent(tag: OpcuaTag, timeMs: number): boolean;
}

/** A sample may come a little late without one being missing. */
const GAP_IN_SAMPLES = 1.5;
/** A link that breaks all the time leaves more gaps than anybody will ever fill; the oldest go first. */
const MOST_PER_TAG = 10;

export function gapFinder(samplingMs: number): GapFinder {
  const newest = new Map<OpcuaTag, { timeMs: number }>(); // changed in place, so that nothing grows old
  let interrupted = new Set<OpcuaTag>();
  const gaps: Gap[] = [];
  const filled = new Map<OpcuaTag, Gap>(); // the last one
  const resent = new Map<OpcuaTag, Set<number>>(); // since the last interruption
  return {
    interrupt() {
      interrupted = new Set(newest.keys());
      resent.clear();
    },
    see(tag, { sourceTimeMs }) {
      if (sourceTimeMs === undefined) return;
      const last = newest.get(tag);
      if (last === undefined) {
        newest.set(tag, { timeMs: sourceTimeMs });
        return;
      }
      const { timeMs: fromMs } = last;
      const isGap = interrupted.delete(tag) && sourceTimeMs - fromMs > GAP_IN_SAMPLES * samplingMs;
      if (isGap) gaps.push({ tag, fromMs, toMs: sourceTimeMs });
      if (gaps.length > MOST_PER_TAG * newest.size) gaps.shift();
      last.timeMs = Math.max(sourceTimeMs, fromMs);
    },
    take: () => gaps.shift(),
    giveBack: (gap) => void gaps.unshift(gap),
    fill: (gap) => void filled.set(gap.tag, gap),
    resend(tag, timeMs) {
      const gap = filled.get(tag);
      if (gap && timeMs > gap.fromMs && timeMs <= gap.toMs) return false;
      const times = resent.get(tag) ?? new Set();
      resent.set(tag, times.add(timeMs));
      return true;
    },
    wasResent: (tag, timeMs) => resent.get(tag)?.has(timeMs) ?? false,
  };
}
