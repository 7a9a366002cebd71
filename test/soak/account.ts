import type { Reading } from "../../src/core/reading.ts";
import type { Served } from "./served-log.ts";

/** From what was done to the server until every tag had a value again, in epoch milliseconds. */
export interface Outage {
  readonly kind: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was served set against what was delivered. */
export interface Account {
  readonly served: number;
  readonly delivered: number;
  /** Values that no server ever gave. */
  readonly invented: readonly string[];
  /** Delivered more than once. */
  readonly repeated: readonly string[];
  /** Delivered after a later one, without the mark. */
  readonly disordered: readonly string[];
  /** Served while the server could be reached, and never delivered. */
  readonly lost: readonly string[];
}

/**
 * @param marginMs how long around an outage something may be under way when it is served: from before its beginning, to after its end
 */
export function settle(
  served: readonly Served[],
  readings: readonly Reading[],
  outages: readonly Outage[],
  marginMs: { readonly before: number; readonly after: number },
): Account {
  const given = new Set(served.map(([tag, value]) => `${tag}=${value}`));
  const seen = new Set<string>();
  const highest = new Map<string, number>();
  const invented: string[] = [];
  const repeated: string[] = [];
  const disordered: string[] = [];
  const values = readings.filter(({ quality }) => quality !== "bad");
  for (const { tag, value, late } of values) {
    const name = `${tag}=${value}`;
    if (!given.has(name)) invented.push(name);
    if (seen.has(name)) repeated.push(name);
    seen.add(name);
    if (!late && value < (highest.get(tag) ?? 0)) disordered.push(name);
    highest.set(tag, Math.max(value, highest.get(tag) ?? 0));
  }
  const wasReachable = (timeMs: number): boolean =>
    !outages.some(
      ({ fromMs, toMs }) => timeMs >= fromMs - marginMs.before && timeMs <= toMs + marginMs.after,
    );
  const lost = served
    .filter(([tag, value, timeMs]) => wasReachable(timeMs) && !seen.has(`${tag}=${value}`))
    .map(([tag, value, timeMs]) => `${tag}=${value} at ${timeMs}`);
  return {
    served: served.length,
    delivered: values.length,
    invented,
    repeated,
    disordered,
    lost,
  };
}
