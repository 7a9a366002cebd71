import type { DropReason, GatewayCounters } from "./health.ts";

/** Counts what comes through a running gateway. */
export interface Counters {
  count(what: Exclude<keyof GatewayCounters, "drops">): void;
  drop(why: DropReason, count?: number): void;
  snapshot(): GatewayCounters;
}

/** Creates counters that stand at zero. */
export function createCounters(): Counters {
  const counts = {
    readings: 0,
    frames: 0,
    windows: 0,
    insufficientWindows: 0,
    notRunningWindows: 0,
    events: 0,
  };
  const drops: Record<DropReason, number> = {
    late: 0,
    "unknown-tag": 0,
    "bad-quality": 0,
    "time-jump": 0,
    "scoring-failed": 0,
    overload: 0,
    "outbox-refused": 0,
  };
  return {
    count(what) {
      // By name where it happens all the time: a computed name costs many times as much.
      if (what === "readings") counts.readings += 1;
      else if (what === "frames") counts.frames += 1;
      else counts[what] += 1;
    },
    drop(why, count = 1) {
      drops[why] += count;
    },
    snapshot: () => ({ ...counts, drops: { ...drops } }),
  };
}
