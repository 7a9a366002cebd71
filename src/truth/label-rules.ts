import type { IncidentPattern, Label } from "../core/label.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { createFaultShapes } from "../math/fault-shapes.ts";
import { patternOf } from "../math/incident-pattern.ts";
import { isVoid, liesWithin, type MuteRegion, muteRegion } from "../math/mute-region.ts";
import { thresholdRaise } from "../math/threshold-raise.ts";
import { isNewer } from "./label-history.ts";

/** The model that makes the scores; a loaded model is one. */
export interface JudgingModel {
  readonly identity: ModelIdentity;
  readonly card: Pick<ModelCard, "threshold">;
}

export interface LabelRulesOptions {
  /** Labels of other machines are passed over. */
  readonly machine: string;
  readonly model: JudgingModel;
  /** What was said so far, in any order. */
  readonly labels?: readonly Label[];
}

/** What one label has held back since the rules were made. */
export interface HeldBack {
  readonly label: Label;
  /** Anomalous windows that opened no event. */
  readonly windows: number;
  /** How often such windows followed each other: about as many events were not opened. */
  readonly stretches: number;
  /** The newest of these windows, in epoch milliseconds. */
  readonly lastMs?: number;
  /** Holds nothing back, because a fault looks the same. */
  readonly isVoid: boolean;
}

/** What labels do at the moment, for people to look at. */
export interface LabelEffects {
  /** By how much the threshold is raised. */
  readonly thresholdRaise: number;
  /** By the labels that are in force, the oldest first. */
  readonly heldBack: readonly HeldBack[];
  /** Windows that were held back, also by labels that are no longer in force. */
  readonly mutedWindows: number;
}

/** What the labels of one machine do to its scores. */
export interface LabelRules {
  /** Takes in what was said; of several labels of one target the newest counts, and `unsure` undoes what they did. */
  learn(label: Label): void;
  /** Goes on with another model: patterns still hold, the threshold is raised by false alarms of that model alone. */
  useModel(model: JudgingModel): void;
  /**
   * The next score of the machine with its threshold raised, and with `mutedBy` where it is anomalous and looks like what was called harmless.
   */
  apply(score: Score): Score;
  effects(): LabelEffects;
}

interface Mute {
  readonly label: Label;
  readonly region: MuteRegion;
}

interface Tally {
  windows: number;
  stretches: number;
  lastMs: number;
}

/**
 * Creates the rules of one machine: false alarms raise the threshold as {@link thresholdRaise} says, and what looks like a false alarm or like maintenance, as
 * {@link muteRegion} says, is held back. Nothing that was labelled a fault is.
 *
 * Costs nothing for normal windows, and for an anomalous one a product of as many numbers as there are tags for each label that is in force.
 */
export function createLabelRules({ machine, model, labels = [] }: LabelRulesOptions): LabelRules {
  const newest = new Map<string, Label>(); // by target
  const tallies = new Map<string, Tally>(); // by label
  const mutesOf = createMutes();
  let current = model;
  let mutedWindows = 0;
  let last: Mute | undefined; // held back the score before
  let inForce: { mutes: readonly Mute[]; raise: number } | undefined;

  const learn = (label: Label): void => {
    const known = newest.get(label.target);
    if (label.machine !== machine || (known && !isNewer(label, known))) return;
    newest.set(label.target, label);
    inForce = undefined;
  };
  const rules = (): NonNullable<typeof inForce> => {
    inForce ??= compile([...newest.values()], current, mutesOf);
    return inForce;
  };
  /** The label that held back the score before goes first, so that two alike do not share one stretch. */
  const muteOf = (score: Score): Mute | undefined => {
    const { mutes } = rules();
    if (mutes.length === 0) return undefined;
    const pattern = patternOf(score.contributions, score.value, score.threshold);
    if (last && mutes.includes(last) && liesWithin(pattern, last.region)) return last;
    return mutes.find(({ region }) => liesWithin(pattern, region));
  };
  const count = ({ label }: Mute, endMs: number, isNext: boolean): void => {
    const { windows = 0, stretches = 0 } = tallies.get(label.id) ?? {};
    tallies.set(label.id, {
      windows: windows + 1,
      stretches: isNext ? stretches : stretches + 1,
      lastMs: endMs,
    });
    mutedWindows += 1;
  };

  for (const label of labels) learn(label);
  return {
    learn,
    useModel(next) {
      current = next;
      inForce = undefined;
    },
    apply(score) {
      if (score.verdict === "insufficient-data") return score;
      const raised = withThreshold(score, rules().raise);
      const mute = raised.verdict === "anomalous" ? muteOf(raised) : undefined;
      if (mute) count(mute, raised.endMs, mute.label.id === last?.label.id);
      last = mute;
      return mute ? { ...raised, mutedBy: mute.label.id } : raised;
    },
    effects: () => ({
      thresholdRaise: rules().raise,
      mutedWindows,
      heldBack: rules().mutes.map(({ label, region }) => ({
        label,
        windows: 0,
        stretches: 0,
        ...tallies.get(label.id),
        isVoid: isVoid(region),
      })),
    }),
  };
}

/** A label that still knows what it speaks of. */
interface Pictured {
  readonly label: Label;
  readonly pattern: IncidentPattern;
}

function compile(
  labels: readonly Label[],
  { identity, card }: JudgingModel,
  mutesOf: Mutes,
): { mutes: readonly Mute[]; raise: number } {
  const pictured = labels.flatMap((label): Pictured[] =>
    label.pattern ? [{ label, pattern: label.pattern }] : [],
  );
  const faults = pictured.filter(({ label }) => label.verdict === "fault");
  // What raised no alarm is no false alarm: windows are labelled as well that were only worth a look.
  const harmless = pictured.filter(
    ({ label: { verdict }, pattern: { score, threshold } }) =>
      (verdict === "false-alarm" || verdict === "maintenance") && score >= threshold,
  );
  const isOfModel = ({ label }: Pictured): boolean => label.model?.sha256 === identity.sha256;
  const falseAlarms = harmless.filter(({ label }) => label.verdict === "false-alarm");
  const patternsOf = (some: readonly Pictured[]): IncidentPattern[] =>
    some.map(({ pattern }) => pattern);
  return {
    mutes: mutesOf(harmless, faults),
    raise: thresholdRaise(
      card.threshold,
      patternsOf(falseAlarms.filter(isOfModel)),
      patternsOf(faults.filter(isOfModel)),
    ),
  };
}

type Mutes = (harmless: readonly Pictured[], faults: readonly Pictured[]) => readonly Mute[];

/** Keeps what regions know of faults for as long as faults are only added: the next label need not compare all with all again. */
function createMutes(): Mutes {
  let shapes = createFaultShapes();
  let known: readonly string[] = [];
  let regions: ReadonlyMap<string, MuteRegion> = new Map();
  return (harmless, faults) => {
    if (known.some((id, place) => id !== faults[place]?.label.id)) {
      shapes = createFaultShapes();
      known = [];
      regions = new Map();
    }
    for (const { pattern } of faults.slice(known.length)) shapes.add(pattern);
    known = faults.map(({ label }) => label.id);
    const mutes = harmless.map(({ label, pattern }) => ({
      label,
      region: regions.get(label.id) ?? muteRegion(pattern, shapes),
    }));
    regions = new Map(mutes.map(({ label, region }) => [label.id, region]));
    return mutes;
  };
}

function withThreshold(score: Score, raise: number): Score {
  if (raise === 0 || Number.isNaN(score.value)) return score;
  const threshold = score.threshold + raise;
  return { ...score, threshold, verdict: score.value >= threshold ? "anomalous" : "normal" };
}
