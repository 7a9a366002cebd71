import type { Normalizer, TrainingChoice } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import type { TagNature } from "../../math/tag-nature.ts";
import { TRAINING_DEFAULTS, type TrainingSettings } from "../training-options.ts";
import type { AlarmLevels } from "./alarm-levels.ts";
import type { FitPlan } from "./fit-autoencoder.ts";
import type { FrameTable } from "./frame-table.ts";

export interface ChoiceFacts {
  readonly settings: TrainingSettings;
  readonly plan: FitPlan;
  readonly table: FrameTable;
  readonly epochs: number;
  readonly smoothingMs: number;
  readonly folds: number;
  readonly levels: AlarmLevels;
  /** Shape `[rows]`. */
  readonly strange: Uint8Array;
  readonly layers: readonly number[];
}

/** Writes down what was chosen for the whole model, and why. */
export function choose(facts: ChoiceFacts): TrainingChoice[] {
  const { settings, plan, table, epochs, smoothingMs, folds, levels, strange, layers } = facts;
  const rows = table.timesMs.length;
  const leftOut = strange.reduce((sum, one) => sum + one, 0);
  const asked = (isAsked: boolean, otherwise: string): string =>
    isAsked ? "asked for" : otherwise;
  return [
    {
      setting: "periodMs",
      value: String(table.periodMs),
      reason: asked(settings.periodMs !== undefined, "the usual distance of the frames"),
    },
    {
      setting: "windowLength",
      value: String(plan.windowLength),
      reason: asked(settings.windowLength !== undefined, `suits a recording of ${rows} frames`),
    },
    {
      setting: "layers",
      value: layers.join("-"),
      reason: asked(
        settings.hiddenLayers !== undefined,
        epochs > 0
          ? "principal components for 80 % of the variance, and a network on what they leave over"
          : "principal components for 80 % of the variance; a network on what they leave over did not reconstruct held-out blocks any better",
      ),
    },
    {
      setting: "epochs",
      value: String(epochs),
      reason: `the middle one of what was best on each of ${folds} held-out blocks of time`,
    },
    {
      setting: "driftMs",
      value: String(Math.round(plan.drift.timeMs)),
      reason: asked(
        settings.driftMs !== undefined,
        "twice the length of the recording, which cannot show how far slower drifts go",
      ),
    },
    {
      setting: "smoothingMs",
      value: String(smoothingMs),
      reason: asked(settings.smoothingMs !== undefined, "ten frames take out the noise"),
    },
    {
      setting: "threshold",
      value: levels.threshold.toPrecision(3),
      reason: levels.note,
    },
    {
      setting: "leftOutFrames",
      value: String(leftOut),
      reason:
        leftOut === 0
          ? "no frames are far stranger than the others"
          : `far stranger than the other ${rows - leftOut}; taken for faults in the recording`,
    },
    ...(settings.kind === TRAINING_DEFAULTS.kind
      ? []
      : [{ setting: "kind", value: settings.kind, reason: "asked for" }]),
  ];
}

/** ... and for each tag that is not simply scaled by mean and standard deviation. */
export function describeTagChoices(
  tags: readonly Tag[],
  natures: readonly TagNature[],
  { kind, differenced }: Normalizer,
): TrainingChoice[] {
  if (kind !== "auto") return [{ setting: "normalizer", value: kind, reason: "asked for" }];
  return tags.map(({ name }, tag) => {
    const { kind: nature, why } = natures[tag] as TagNature;
    const isRobust = nature === "heavy-tailed";
    const value = differenced?.[tag] ? "differenced" : isRobust ? "robust" : "standard";
    return { setting: `normalizer of ${name}`, value, reason: `${nature}: ${name} ${why}` };
  });
}
