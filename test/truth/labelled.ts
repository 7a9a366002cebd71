import type { Label, LabelVerdict } from "../../src/core/label.ts";
import type { ModelIdentity } from "../../src/core/model-card.ts";
import type { Contribution, Score } from "../../src/core/score.ts";
import { patternOf } from "../../src/math/incident-pattern.ts";

export const THRESHOLD = 4;
export const START_MS: number = Date.UTC(2026, 10, 27);

/** How much of the score each tag has, by name; negative where it was lower than expected. */
export type SignedShares = Readonly<Record<string, number>>;

export function contributionsOf(shares: SignedShares): Contribution[] {
  const sum = Object.values(shares).reduce((total, share) => total + Math.abs(share), 0);
  return Object.entries(shares).map(([tag, share]) => ({
    tag,
    share: Math.abs(share) / sum,
    actual: 10 + Math.sign(share),
    expected: 10,
  }));
}

/** The score of the window that ends so many seconds after the start. */
export function scoreAt(second: number, value: number, shares: SignedShares): Score {
  return {
    endMs: START_MS + second * 1000,
    value,
    threshold: THRESHOLD,
    verdict: value >= THRESHOLD ? "anomalous" : "normal",
    coverage: 1,
    contributions: contributionsOf(shares),
  };
}

export function modelOf(version: string): {
  readonly identity: ModelIdentity;
  readonly card: { readonly threshold: number };
} {
  const identity = { name: "pump", version, sha256: version.repeat(64) };
  return { identity, card: { threshold: THRESHOLD } };
}

/** What was said of an incident of the machine `pump` and the model `1`. */
export function labelOf(
  target: string,
  verdict: LabelVerdict,
  { shares, score = 6, ...others }: { shares?: SignedShares; score?: number } & Partial<Label>,
): Label {
  return {
    kind: "label",
    id: `${target}/${verdict}/${others.atMs ?? 0}`,
    revision: 0,
    gateway: "gateway-1",
    machine: "pump",
    target,
    verdict,
    atMs: START_MS,
    model: modelOf("1").identity,
    ...(shares && { pattern: patternOf(contributionsOf(shares), score, THRESHOLD) }),
    ...others,
  };
}
