import type { FrameWindow } from "../core/frame.ts";
import type { LabelVerdict } from "../core/label.ts";
import { aucRoc } from "../math/detection/auc-roc.ts";
import type { Scorer } from "../model/scorer.ts";

/** A window of which people know what it was. */
export interface LabelledWindow {
  /** The event or window that was spoken of; several windows may show one event. */
  readonly target: string;
  readonly verdict: Exclude<LabelVerdict, "unsure">;
  readonly window: FrameWindow;
}

export interface Share {
  readonly raised: number;
  readonly of: number;
}

/** What a model makes of what people know, counted in events: one is raised when any of its windows reaches the threshold. */
export interface LabelScore {
  readonly faults: Share;
  readonly falseAlarms: Share;
  readonly maintenance: Share;
  /** The chance that a fault scores higher than a false alarm; absent with fewer than five of each. */
  readonly auc?: number;
}

/** Fewer say nothing of an order. */
const MIN_FOR_AUC = 5;
/** Windows scored in one run. */
const BATCH = 256;

/**
 * Scores labelled windows one by one, with the levels where training ended: no average, no delay, so that two models are asked the same.
 *
 * @throws GatewayError `MODEL_MISMATCH` for windows of another shape, `SCORING_FAILED`
 */
export async function scoreOnLabels(
  model: Scorer,
  windows: readonly LabelledWindow[],
): Promise<LabelScore> {
  const targets = new Map<string, Judged>();
  const { drift } = model.card;
  const offsets = drift && Float64Array.from(drift.offset);
  for (let first = 0; first < windows.length; first += BATCH) {
    const batch = windows.slice(first, first + BATCH);
    const scores = await model.score(
      batch.map(({ window }) => ({ ...window, ...(offsets && { offsets }) })),
    );
    batch.forEach(({ target, verdict }, place) => {
      const { value = Number.NaN, verdict: said } = scores[place] ?? {};
      const before = targets.get(target);
      targets.set(target, {
        verdict,
        isRaised: said === "anomalous" || before?.isRaised === true,
        score: highest(value, before?.score ?? Number.NaN),
      });
    });
  }
  return summarize([...targets.values()]);
}

/** Whether the second model finds fewer faults, or raises more false alarms, than the first. */
export function isWorse(before: LabelScore, after: LabelScore): boolean {
  return (
    after.faults.raised < before.faults.raised ||
    after.falseAlarms.raised > before.falseAlarms.raised
  );
}

interface Judged {
  readonly verdict: LabelledWindow["verdict"];
  readonly isRaised: boolean;
  readonly score: number;
}

function highest(one: number, other: number): number {
  if (Number.isNaN(one)) return other;
  return Number.isNaN(other) ? one : Math.max(one, other);
}

function summarize(targets: readonly Judged[]): LabelScore {
  const of = (verdict: LabelledWindow["verdict"]): readonly Judged[] =>
    targets.filter((target) => target.verdict === verdict);
  const shareOf = (some: readonly Judged[]): Share => ({
    raised: some.filter(({ isRaised }) => isRaised).length,
    of: some.length,
  });
  const [faults, falseAlarms] = [of("fault"), of("false-alarm")];
  const ranked = [...faults, ...falseAlarms];
  const auc = aucRoc(
    Float64Array.from(ranked, ({ score }) => score),
    Uint8Array.from(ranked, ({ verdict }) => (verdict === "fault" ? 1 : 0)),
  );
  return {
    faults: shareOf(faults),
    falseAlarms: shareOf(falseAlarms),
    maintenance: shareOf(of("maintenance")),
    ...(Math.min(faults.length, falseAlarms.length) >= MIN_FOR_AUC && { auc }),
  };
}
