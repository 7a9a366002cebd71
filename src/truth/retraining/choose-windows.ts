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
 * What people call a false alarm is normal, what they call fault or maintenance is not, and neither is what was sampled in its midst: between the first and the last
 * window of the event. Where nobody has spoken, the model's own verdict holds: a window of an event, or one above the threshold, is left out. Windows with an unknown cell
 * teach nothing, as in a trace.
 */
export function chooseWindows(windows: readonly KeptWindow[]): ChosenWindows {
  const faults = faultSpans(windows);
  const leftOut = { labelled: 0, unjudged: 0, "within-fault": 0, incomplete: 0 };
  const learn = windows.filter((window) => {
    const why = reasonAgainst(window, faults);
    if (why !== undefined) leftOut[why] += 1;
    return why === undefined;
  });
  const falseAlarms = learn.filter(({ verdict }) => verdict === "false-alarm").length;
  return { learn, falseAlarms, leftOut };
}

function reasonAgainst(window: KeptWindow, faults: readonly Span[]): LeftOut | undefined {
  const { verdict, reason, isAnomalous, values } = window;
  if (isAbnormal(verdict)) return "labelled";
  if (verdict === undefined) {
    if (reason === "event" || isAnomalous) return "unjudged";
    const { fromMs, toMs } = spanOf(window);
    const touches = faults.some((fault) => fromMs <= fault.toMs && toMs >= fault.fromMs);
    if (touches) return "within-fault";
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

/** From the first to the last window of each event, or of each window by itself. */
function faultSpans(windows: readonly KeptWindow[]): readonly Span[] {
  const spans = new Map<string, Span>();
  for (const window of windows) {
    if (!isAbnormal(window.verdict)) continue;
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
