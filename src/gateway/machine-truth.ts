import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { DriftEvent } from "../core/drift-event.ts";
import type { FrameWindow } from "../core/frame.ts";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Label } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import type { ScoreSummary } from "../core/score-summary.ts";
import type { Tag } from "../core/tag.ts";
import type { WindowCapture } from "../core/window-capture.ts";
import type { Scorer } from "../model/scorer.ts";
import { watchDrift } from "../stream/watch-drift.ts";
import { type CaptureCounts, type Capturer, createCapturer } from "../truth/capture-windows.ts";
import { createLabelRules, type LabelEffects } from "../truth/label-rules.ts";
import { createScoreSummarizer } from "../truth/summarize-scores.ts";

/** Which windows are kept for people to label, beside those of events. */
export interface CaptureBudget {
  /**
   * Bytes of JSON that the windows drawn from one machine may have in any 24 hours; 0 keeps the windows of events only.
   * @defaultValue 10_000_000
   */
  readonly bytesPerDay?: number;
  /**
   * Another one draws other windows.
   * @defaultValue 0
   */
  readonly seed?: number;
}

export interface MachineTruthOptions {
  readonly gateway: string;
  readonly machine: string;
  readonly model: Scorer;
  /** The source's tags, in the order of the model. */
  readonly tags: readonly Tag[];
  /** Absent where no windows are kept. */
  readonly captures: CaptureBudget | undefined;
  /** What was said so far. */
  readonly labels: readonly Label[];
  /** What a run before this one left open. */
  readonly unclosed: readonly GatewayEvent[];
  readonly onMessage: (message: WindowCapture | ScoreSummary) => void;
  readonly onDrift: (drift: DriftEvent) => void;
}

/** What people have said of a machine, what is kept for them to look at, and whether its model still fits. */
export interface MachineTruth {
  /** Takes the window of the score that `judge` gets next: `onScored` of `scoreWindows`. */
  window(score: Score, window: FrameWindow): void;
  /** Lets the labels act on a score: a raised threshold, or `mutedBy`. */
  judge(score: Score): Score;
  /** Takes an anomaly event after the score that it came from. */
  event(event: AnomalyEvent): void;
  learn(label: Label): void;
  /** Hands on what is left, and resolves when it has. */
  close(): Promise<void>;
  health(): MachineTruthHealth;
}

export interface MachineTruthHealth {
  /** What labels do to this machine's scores. */
  readonly labels: LabelEffects;
  /** What was captured since the start; absent where no windows are kept. */
  readonly captures?: CaptureCounts;
}

/** Creates the part of one machine that learns from people. */
export function createMachineTruth(options: MachineTruthOptions): MachineTruth {
  const { gateway, machine, model, tags, labels, unclosed, onMessage, onDrift } = options;
  const rules = createLabelRules({ machine, model, labels });
  const summarizer = createScoreSummarizer({
    gateway,
    machine,
    model: model.identity,
    onSummary: onMessage,
  });
  const capturer = capturerOf(options);
  const drifted = unclosed.findLast((event) => event.kind === "drift");
  const drift = watchDrift({
    gateway,
    machine,
    model: model.identity,
    card: model.card,
    tags: tags.map(({ name }) => name),
    ...(drifted && { resume: drifted }),
  });
  let window: FrameWindow | undefined;

  return {
    window(_, next) {
      window = next;
    },
    judge(given) {
      const score = rules.apply(given);
      summarizer.scored(score, score.mutedBy !== undefined);
      if (window === undefined) return score;
      capturer?.scored(score, window);
      const event = drift.scored(score, window);
      if (event) onDrift(event);
      return score;
    },
    event: (event) => capturer?.event(event),
    learn: rules.learn,
    async close() {
      summarizer.end();
      await capturer?.close();
    },
    health: () => ({
      labels: rules.effects(),
      ...(capturer && { captures: capturer.counts() }),
    }),
  };
}

function capturerOf({
  gateway,
  machine,
  model,
  tags,
  captures,
  unclosed,
  onMessage,
}: MachineTruthOptions): Capturer | undefined {
  if (captures === undefined) return undefined;
  const open = unclosed
    .filter((event) => event.kind === "anomaly")
    .findLast((event) => event.model.sha256 === model.identity.sha256);
  return createCapturer({
    gateway,
    machine,
    model,
    tags: tags.map(({ name }) => name),
    ...captures,
    ...(open && { resume: open }),
    onCapture: onMessage,
  });
}
