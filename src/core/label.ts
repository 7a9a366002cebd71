import type { ModelIdentity } from "./model-card.ts";

/**
 * What a person says of an event or a window:
 * - `fault`: something was wrong with the machine.
 * - `false-alarm`: all was well.
 * - `maintenance`: people were at work on it; as such not normal, and no fault.
 * - `unsure`: takes back what was said before.
 */
export type LabelVerdict = "fault" | "false-alarm" | "maintenance" | "unsure";

/** What somebody says, as it comes in: from a program, the command line, a file, the cloud. */
export interface LabelInput {
  /** The `id` of the anomaly event or of the window capture that is spoken of, or a prefix that fits only one. */
  readonly target: string;
  readonly verdict: LabelVerdict;
  /** The user's own code for the kind of fault; for a `fault` only. */
  readonly faultCode?: string;
  readonly note?: string;
  /** Who says it. */
  readonly by?: string;
  /**
   * When it was said, in epoch milliseconds.
   * @defaultValue when it comes in
   */
  readonly atMs?: number;
}

/** What somebody says, from a source that keeps it until it is kept here; every other source emits a {@link LabelInput}. */
export interface IncomingLabel extends LabelInput {
  /** Called once the label is kept, or refused for good: from then on its source may forget it. */
  readonly done?: () => void;
}

/** In which direction, and by how much of the score, each tag was off: what an incident looks like. Length 1 in all where every direction is known. */
export interface IncidentPattern {
  readonly tags: readonly string[];
  /** Shape `[tags]`: the root of the tag's share of the score, negative where it was too low. */
  readonly direction: readonly number[];
  /** The highest score. */
  readonly score: number;
  readonly threshold: number;
  /** What its windows looked like one after the other, where more than the highest is known of them. */
  readonly parts?: readonly PatternPart[];
}

/** Windows of an incident that looked alike. */
export interface PatternPart {
  /** Of the first of them; as the direction of the whole. */
  readonly direction: readonly number[];
  /** Their highest score. */
  readonly score: number;
}

/** One thing that one person has said about one event or window. Nothing is overwritten: the newest counts, the others are history. */
export interface Label {
  readonly kind: "label";
  /** The label, derived from its target, its author and its time, so that the same label is stored once, whatever way it comes. */
  readonly id: string;
  readonly revision: 0;
  readonly gateway: string;
  readonly machine: string;
  /** The `id` of the anomaly event or of the window capture that is spoken of. */
  readonly target: string;
  readonly verdict: LabelVerdict;
  /** The user's own code for the kind of fault. */
  readonly faultCode?: string;
  readonly note?: string;
  /** Who said it. */
  readonly by?: string;
  /** When it was said, in epoch milliseconds. */
  readonly atMs: number;
  /** What was spoken of, where the gateway still knew it: so that a label says by itself what it means. */
  readonly pattern?: IncidentPattern;
  /** The model that had judged it. */
  readonly model?: ModelIdentity;
}
