import type { FrameWindow } from "../core/frame.ts";
import type { LabelVerdict } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import { aucRoc } from "../math/detection/auc-roc.ts";
import { sparseAverage } from "../math/sparse-average.ts";
import type { Scorer } from "../model/scorer.ts";

/** An event, or a window that stands alone, of which people know what it was. */
export interface LabelledIncident {
  readonly verdict: Exclude<LabelVerdict, "unsure">;
  /** What is known of it, in time order. */
  readonly windows: readonly FrameWindow[];
  /**
   * What share of its score the moving average had reached at the first window, 0 to 1.
   * @defaultValue 1
   */
  readonly reached?: number;
}

export interface Share {
  readonly raised: number;
  readonly of: number;
}

/** What a model makes of what people know; an incident is raised when the average of its scores reaches the threshold. */
export interface LabelScore {
  readonly faults: Share;
  readonly falseAlarms: Share;
  readonly maintenance: Share;
  /** The chance that a fault scores higher than a false alarm; absent with fewer than five of each. */
  readonly auc?: number;
}

/** Fewer say nothing of an order. */
const MIN_FOR_AUC = 5;

/**
 * Scores incidents as a gateway does: by the moving average of the model, as far as their windows are known ({@link sparseAverage}); without the on-delay, and with
 * the levels where training ended, so that two models are asked the same.
 *
 * @throws GatewayError `MODEL_MISMATCH` for windows of another shape, `SCORING_FAILED`
 */
export async function scoreOnLabels(
  model: Scorer,
  incidents: readonly LabelledIncident[],
): Promise<LabelScore> {
  const scores = await scoreAlone(
    model,
    incidents.flatMap(({ windows }) => windows),
  );
  let place = 0;
  const judged = incidents.map((incident) => {
    const own = scores.slice(place, place + incident.windows.length);
    place += incident.windows.length;
    return judge(model.card, incident, own);
  });
  return summarize(judged);
}

/**
 * Scores windows one by one, with the levels where training ended.
 *
 * @throws GatewayError `MODEL_MISMATCH` for windows of another shape, `SCORING_FAILED`
 */
export async function scoreAlone(
  model: Scorer,
  windows: readonly FrameWindow[],
): Promise<readonly Score[]> {
  const { drift } = model.card;
  const offsets = drift && Float64Array.from(drift.offset);
  return model.score(windows.map((window) => ({ ...window, ...(offsets && { offsets }) })));
}

function judge(
  { smoothingMs, stride, periodMs }: Scorer["card"],
  { verdict, reached = 1 }: LabelledIncident,
  scores: readonly Score[],
): Judged {
  const known = scores.filter(({ value }) => !Number.isNaN(value));
  const averages =
    smoothingMs === undefined
      ? known.map(({ value }) => value)
      : sparseAverage(known, { timeMs: smoothingMs, strideMs: stride * periodMs, reached });
  return {
    verdict,
    isRaised: known.some(({ threshold }, place) => (averages[place] as number) >= threshold),
    score: known.length > 0 ? Math.max(...averages) : Number.NaN,
  };
}

/** Whether the second model finds fewer faults, or raises more false alarms, than the first. */
export function isWorse(before: LabelScore, after: LabelScore): boolean {
  return (
    after.faults.raised < before.faults.raised ||
    after.falseAlarms.raised > before.falseAlarms.raised
  );
}

interface Judged {
  readonly verdict: LabelledIncident["verdict"];
  readonly isRaised: boolean;
  readonly score: number;
}

function summarize(targets: readonly Judged[]): LabelScore {
  const of = (verdict: LabelledIncident["verdict"]): readonly Judged[] =>
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
