import type { RunningRule } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import { describeStops } from "./describe-runs.ts";
import { quoteName } from "./expression-token.ts";
import { findLevelGap, type LevelGap } from "./level-gap.ts";
import type { RunningTrace } from "./running-trace.ts";
import { measureSettling } from "./settle-time.ts";
import { sampleTag } from "./tag-levels.ts";
import { type TriedRule, tryLimits } from "./try-limits.ts";

/** A rule that was found, and what speaks for it. */
export interface FoundRunning extends RunningRule {
  /** For the model card. */
  readonly why: string;
}

/** The clearest tags that are tried. */
const MOST_CANDIDATES = 6;
/** ... and those that are tried beside the best. */
const MOST_SECONDS = 2;
/** A second tag may find a stop so many rows late: an event takes longer to open. */
const MOST_LATE_ROWS = 2;

/**
 * Finds out from a trace of normal operation whether the machine is off in some of it, and by which tags that is seen best. Looks for a
 * tag with nothing between next to zero and its usual values, for stretches of a minute and more, in which most other tags are
 * still. Rather finds nothing than takes a part of the work for a rest: a machine with a single tag, one that stops for seconds in
 * every cycle, and one that idles are never taken for off.
 *
 * The rule asks two tags where there are two that stop together, `current > 6 or flow > 20`, because one alone may be at nothing by a
 * fault, and that must not pass for a rest. A tag that is only on or off is believed alone.
 *
 * @param values shape `[rows, tags]`, `periodMs` apart; `NaN` where nothing is known
 */
export function findRunning(
  values: Float64Array,
  tags: readonly Tag[],
  periodMs: number,
): FoundRunning | undefined {
  const trace = { values, tags, periodMs };
  const candidates = findCandidates(values, tags.length).slice(0, MOST_CANDIDATES);
  const [best, ...others] = tryEach(
    candidates.map((candidate) => [candidate]),
    trace,
  );
  if (best === undefined) return undefined;
  const isSwitch = best.candidates.every(({ gap }) => gap.clearness === 1);
  const pairs = others
    .slice(0, MOST_SECONDS)
    .map((other) => [...best.candidates, ...other.candidates]);
  const second = isSwitch ? undefined : tryEach(pairs, trace)[0];
  return composeRule(second && second.lateRows <= MOST_LATE_ROWS ? second : best, trace);
}

interface Candidate {
  readonly tag: number;
  readonly gap: LevelGap;
  readonly limit: number;
}

/** Tags with a gap, the clearest first. */
function findCandidates(values: Float64Array, width: number): Candidate[] {
  const candidates: Candidate[] = [];
  for (let tag = 0; tag < width; tag += 1) {
    const gap = findLevelGap(sampleTag(values, width, tag));
    if (gap) candidates.push({ tag, gap, limit: roundWithin(gap) });
  }
  return candidates.toSorted((one, other) => other.gap.clearness - one.gap.clearness);
}

type TriedCandidates = TriedRule & { readonly candidates: readonly Candidate[] };

/** Those that hold, the one that sees a stop first in front. */
function tryEach(rules: readonly (readonly Candidate[])[], trace: RunningTrace): TriedCandidates[] {
  return rules
    .flatMap((candidates) => {
      const tried = tryLimits(candidates, trace);
      return tried ? [{ ...tried, candidates }] : [];
    })
    .toSorted((one, other) => one.lateRows - other.lateRows);
}

function composeRule(
  { candidates, runs, bands, rest }: TriedCandidates,
  trace: RunningTrace,
): FoundRunning {
  const settling = measureSettling(trace, bands, runs);
  const nameOf = (tag: number): string => quoteName((trace.tags[tag] as Tag).name);
  const still = `${rest.witnesses} of ${rest.live} other tags still and at levels of their own`;
  return {
    expression: candidates.map(({ tag, limit }) => `${nameOf(tag)} > ${limit}`).join(" or "),
    settleMs: settling.settleMs,
    why: `${describeStops(runs)}, with ${still}; ${settling.why}`,
  };
}

/** The roundest number near the middle of a gap. */
function roundWithin({ below, above }: LevelGap): number {
  const middle = (below + above) / 2;
  const slack = (above - below) / 10;
  const rounded = [1, 2, 3].map((digits) => Number(middle.toPrecision(digits)));
  return rounded.find((number) => Math.abs(number - middle) <= slack) ?? middle;
}
