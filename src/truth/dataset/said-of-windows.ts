import type { Label, LabelVerdict } from "../../core/label.ts";
import type { WindowCapture } from "../../core/window-capture.ts";
import { isNewer } from "../label-history.ts";
import { type KeptMessages, keptOf } from "./kept-messages.ts";

/** What holds of a window, but `unsure`, which says nothing. */
export type TrueVerdict = Exclude<LabelVerdict, "unsure">;

/** A label that says something. */
export type TrueLabel = Omit<Label, "pattern" | "model"> & { readonly verdict: TrueVerdict };

/** What people have said of a window. */
export interface SaidOfWindow {
  /** The newest, whether it speaks of the window or of its event; absent where nobody spoke or the newest took it all back. */
  readonly label?: TrueLabel;
  /** How many there are. */
  readonly labels: number;
}

/** What was said of one target. */
interface Said {
  readonly newest: Label;
  readonly labels: number;
}

/** Reads all labels: some hundred bytes for each target. */
export async function readLabels(
  source: KeptMessages,
): Promise<(capture: WindowCapture) => SaidOfWindow> {
  const byTarget = new Map<string, Said>();
  const seen = new Set<string>();
  for await (const { pattern: _pattern, ...label } of keptOf(source, "label")) {
    if (seen.has(label.id)) continue;
    seen.add(label.id);
    const said = byTarget.get(label.target);
    byTarget.set(label.target, joined(said, { newest: label, labels: 1 }));
  }
  return ({ id, eventId }) => {
    const ofEvent = eventId === undefined ? undefined : byTarget.get(eventId);
    const ofWindow = byTarget.get(id);
    const said = ofWindow ? joined(ofEvent, ofWindow) : ofEvent;
    if (said === undefined) return { labels: 0 };
    const { newest, labels } = said;
    return saysSomething(newest) ? { label: newest, labels } : { labels };
  };
}

function joined(before: Said | undefined, next: Said): Said {
  if (before === undefined) return next;
  const newest = isNewer(next.newest, before.newest) ? next.newest : before.newest;
  return { newest, labels: before.labels + next.labels };
}

function saysSomething(label: Label): label is Label & { readonly verdict: TrueVerdict } {
  return label.verdict !== "unsure";
}
