import type { Contribution, Score } from "../core/score.ts";

/** Smooths the scores of one stream. */
export interface ScoreSmoother {
  /** The next score, with value and shares averaged over the past; one that judged nothing is given back as it is. */
  push(score: Score): Score;
}

/**
 * Creates an exponentially weighted moving average (Roberts 1959): a score counts by `exp(-age / timeMs)`.
 *
 * Looks at the past alone. After a gap that is long against `timeMs` the past no longer counts.
 *
 * @param timeMs time constant, above zero
 */
export function createScoreSmoother(timeMs: number): ScoreSmoother {
  let lastMs = Number.NEGATIVE_INFINITY;
  let value = 0;
  let shares = new Float64Array();

  return {
    push(score) {
      if (score.verdict !== "normal" && score.verdict !== "anomalous") return score;
      const weight = -Math.expm1(-Math.max(0, score.endMs - lastMs) / timeMs);
      lastMs = score.endMs;
      value += weight * (score.value - value);
      if (shares.length !== score.contributions.length) {
        shares = Float64Array.from(score.contributions, ({ share }) => share);
      }
      const contributions = score.contributions.map((part, tag): Contribution => {
        const share = (shares[tag] as number) + weight * (part.share - (shares[tag] as number));
        shares[tag] = share;
        return { ...part, share };
      });
      const verdict = value >= score.threshold ? "anomalous" : "normal";
      return { ...score, value, verdict, contributions };
    },
  };
}
