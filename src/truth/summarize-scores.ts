import type { ModelIdentity } from "../core/model-card.ts";
import type { Score, Verdict } from "../core/score.ts";
import type { ScoreSummary } from "../core/score-summary.ts";
import { derivedId } from "../derived-id.ts";
import { requireKnown } from "../math/range-checks.ts";
import { createScoreDigest } from "../math/score-digest.ts";

const HOUR_MS = 3_600_000;

export interface ScoreSummarizerOptions {
  readonly gateway: string;
  readonly machine: string;
  readonly model: ModelIdentity;
  /** Takes the summary of each hour in which there was a window. */
  readonly onSummary: (summary: ScoreSummary) => void;
}

/** Sums up the scores of one machine, hour by hour, by the time of the windows. */
export interface ScoreSummarizer {
  /**
   * Takes every score, in order.
   *
   * @param isMuted whether it is anomalous and held back; it is then counted as `muted` only
   */
  scored(score: Score, isMuted?: boolean): void;
  /** Sums up what has come of the hour so far. */
  end(): void;
}

/**
 * Creates a summarizer; hours are those of UTC.
 *
 * Delivery: the same scores make the same summaries with the same ids. A summary comes with the first window of a later hour; what was counted when the
 * process dies is lost. Memory: 64 kB.
 */
export function createScoreSummarizer(options: ScoreSummarizerOptions): ScoreSummarizer {
  requireKnown("createScoreSummarizer", options, ["gateway", "machine", "model", "onSummary"]);
  const { onSummary } = options;
  let hour: Hour | undefined;
  const end = (): void => {
    if (hour) onSummary(summaryOf(options, hour));
    hour = undefined;
  };
  return {
    scored(score, isMuted = false) {
      const number = Math.floor(score.endMs / HOUR_MS);
      if (hour?.number !== number) end();
      hour ??= beginHour(number, score);
      hour.endMs = score.endMs;
      hour.threshold = score.threshold;
      hour.counts[isMuted ? "muted" : COUNTED_AS[score.verdict]] += 1;
      if (!Number.isNaN(score.value)) hour.digest.push(score.value);
    },
    end,
  };
}

type Counts = {
  -readonly [Count in
    | "normal"
    | "anomalous"
    | "notRunning"
    | "insufficientData"
    | "muted"]: ScoreSummary[Count];
};

const COUNTED_AS: Readonly<Record<Verdict, keyof Counts>> = {
  normal: "normal",
  anomalous: "anomalous",
  "not-running": "notRunning",
  "insufficient-data": "insufficientData",
};

interface Hour {
  /** Hours since the epoch. */
  readonly number: number;
  readonly startMs: number;
  endMs: number;
  /** Of the newest window. */
  threshold: number;
  readonly counts: Counts;
  readonly digest: ReturnType<typeof createScoreDigest>;
}

function beginHour(number: number, { endMs, threshold }: Score): Hour {
  const counts = { normal: 0, anomalous: 0, notRunning: 0, insufficientData: 0, muted: 0 };
  return { number, startMs: endMs, endMs, threshold, counts, digest: createScoreDigest() };
}

function summaryOf(
  { gateway, machine, model }: ScoreSummarizerOptions,
  { startMs, endMs, threshold, counts, digest }: Hour,
): ScoreSummary {
  return {
    kind: "score-summary",
    id: derivedId(gateway, machine, model.sha256, "score-summary", startMs),
    revision: 0,
    gateway,
    machine,
    model,
    startMs,
    endMs,
    ...counts,
    ...digest.figures(),
    threshold,
  };
}
