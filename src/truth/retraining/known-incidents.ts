import type { TrueVerdict } from "../dataset/said-of-windows.ts";
import type { KeptWindow } from "./kept-windows.ts";

/** An event, or a window without one, of which people have said what it was. */
export interface KnownIncident {
  readonly verdict: TrueVerdict;
  /** All that is known of it, in time order: its own windows, and those that were sampled between them. At least one. */
  readonly windows: readonly KeptWindow[];
}

/** @param windows of one machine, in time order */
export function knownIncidents(windows: readonly KeptWindow[]): readonly KnownIncident[] {
  const byTarget = new Map<string, KeptWindow[]>();
  const verdicts = new Map<string, TrueVerdict>();
  for (const window of windows) {
    if (window.verdict === undefined) continue;
    const target = window.eventId ?? window.id;
    byTarget.set(target, [...(byTarget.get(target) ?? []), window]);
    verdicts.set(target, window.verdict);
  }
  const sampled = windows.filter(({ verdict, eventId }) => (verdict ?? eventId) === undefined);
  return [...verdicts].map(([target, verdict]) => {
    const own = byTarget.get(target) ?? [];
    const [fromMs = 0, toMs = 0] = [own[0]?.endMs, own.at(-1)?.endMs];
    const between = sampled.filter(({ endMs }) => endMs > fromMs && endMs < toMs);
    return { verdict, windows: [...own, ...between].toSorted((a, b) => a.endMs - b.endMs) };
  });
}
