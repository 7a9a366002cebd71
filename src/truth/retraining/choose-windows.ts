import type { TrueVerdict } from "../dataset/said-of-windows.ts";
import type { KeptWindow } from "./kept-windows.ts";

/** Why a window is not learnt from: people say so, nobody has said whether its alarm was right, it lies in a fault, some of it is unknown. */
export type LeftOut = "labelled" | "unjudged" | "within-fault" | "incomplete";

export interface ChosenWindows {
  readonly learn: readonly KeptWindow[];
  /** How many of the learnt ones were false alarms. */
  readonly falseAlarms: number;
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/**
 * Chooses what shows normal operation.
 *
 * What people call a false alarm is normal, what they call fault or maintenance is not, and so it is with what was sampled in the midst of either: between the first and the
 * last window of the event. Where both have it, it is not normal. Where nobody has spoken, the model's own verdict holds: a window of an event, or one above the threshold, is left out. Windows with an unknown cell
 * teach nothing, as in a trace.
 */
export function chooseWindows(windows: readonly KeptWindow[]): ChosenWindows {
  const faults = spansOf(windows, isAbnormal);
  const alarms = spansOf(windows, (verdict) => verdict === "false-alarm");
  const leftOut = { labelled: 0, unjudged: 0, "within-fault": 0, incomplete: 0 };
  const learn: KeptWindow[] = [];
  for (const window of windows) {
    const isInFault = window.verdict === undefined && touches(faults, window);
    const isHarmless = !isInFault && inMidstOf(alarms, window);
    const judged: KeptWindow = isHarmless ? { ...window, verdict: "false-alarm" } : window;
    const why = reasonAgainst(judged, isInFault);
    if (why === undefined) learn.push(judged);
    else leftOut[why] += 1;
  }
  const falseAlarms = learn.filter(({ verdict }) => verdict === "false-alarm").length;
  return { learn, falseAlarms, leftOut };
}

function reasonAgainst(window: KeptWindow, isInFault: boolean): LeftOut | undefined {
  const { verdict, reason, isAnomalous, values } = window;
  if (isAbnormal(verdict)) return "labelled";
  if (verdict === undefined) {
    if (reason === "event" || isAnomalous) return "unjudged";
    if (isInFault) return "within-fault";
  }
  return values.every(Number.isFinite) ? undefined : "incomplete";
}

function isAbnormal(verdict: TrueVerdict | undefined): boolean {
  return verdict === "fault" || verdict === "maintenance";
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function spanOf({ endMs, length, periodMs }: KeptWindow): Span {
  return { fromMs: endMs - (length - 1) * periodMs, toMs: endMs };
}

function touches(spans: readonly Span[], window: KeptWindow): boolean {
  const { fromMs, toMs } = spanOf(window);
  return spans.some((span) => fromMs <= span.toMs && toMs >= span.fromMs);
}

/** Nobody spoke of it, but of the event that it lies in. */
function inMidstOf(spans: readonly Span[], window: KeptWindow): boolean {
  if (window.verdict !== undefined || window.eventId !== undefined) return false;
  const { fromMs, toMs } = spanOf(window);
  return spans.some((span) => fromMs >= span.fromMs && toMs <= span.toMs);
}

/** From the first to the last window of each event, or of each window by itself, of which people say so. */
function spansOf(
  windows: readonly KeptWindow[],
  isMeant: (verdict: TrueVerdict | undefined) => boolean,
): readonly Span[] {
  const spans = new Map<string, Span>();
  for (const window of windows) {
    if (!isMeant(window.verdict)) continue;
    const target = window.eventId ?? window.id;
    const own = spanOf(window);
    const { fromMs, toMs } = spans.get(target) ?? own;
    spans.set(target, {
      fromMs: Math.min(fromMs, own.fromMs),
      toMs: Math.max(toMs, own.toMs),
    });
  }
  return [...spans.values()];
}
