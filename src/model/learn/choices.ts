import type { Normalizer, TrainingChoice } from "../../core/model-card.ts";
import type { Tag } from "../../core/tag.ts";
import type { TagNature } from "../../math/tag-nature.ts";
import { TRAINING_DEFAULTS } from "../training-options.ts";
import type { AlarmLevels } from "./alarm-levels.ts";
import { DRIFT_RECORDINGS } from "./plan-fit.ts";
import { SMOOTHING_FRAMES } from "./prepare-lesson.ts";
import type { TrainingFacts } from "./training-facts.ts";

/** Writes down what was chosen for the whole model, and why. */
export function choose(facts: TrainingFacts, levels: AlarmLevels): TrainingChoice[] {
  const { settings, table, fits, epochs, final } = facts;
  const { plan, smoothingMs, smoothing, strange } = facts.prepared;
  const rows = table.timesMs.length;
  const leftOut = strange.reduce((sum, one) => sum + one, 0);
  const asked = (option: unknown, otherwise: string): string =>
    option === undefined ? otherwise : "asked for";
  return [
    {
      setting: "periodMs",
      value: String(table.periodMs),
      reason: asked(settings.periodMs, "the usual distance of the frames"),
    },
    {
      setting: "windowLength",
      value: String(plan.windowLength),
      reason: asked(settings.windowLength, `suits a recording of ${rows} frames`),
    },
    {
      setting: "layers",
      value: final.layers.join("-"),
      reason: asked(
        settings.hiddenLayers,
        epochs > 0
          ? "principal components for 80 % of the variance, and a network on what they leave over"
          : "principal components for 80 % of the variance; a network on what they leave over did not reconstruct held-out blocks any better",
      ),
    },
    {
      setting: "epochs",
      value: String(epochs),
      reason: `the middle one of what was best on each of ${fits.length} held-out blocks of time`,
    },
    {
      setting: "driftMs",
      value: String(Math.round(plan.drift.timeMs)),
      reason: asked(
        settings.driftMs,
        `${DRIFT_RECORDINGS} times the length of the recording, which cannot show how far slower drifts go`,
      ),
    },
    {
      setting: "smoothingMs",
      value: String(smoothingMs),
      reason: `${asked(settings.smoothingMs, `${SMOOTHING_FRAMES} frames take out the noise`)}${smoothing === 1 ? "; the threshold is that of single windows, as the recording is in pieces" : ""}`,
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

/** ... and for each tag: how its values are scaled, and what it was taken for. */
export function describeTagChoices(
  tags: readonly Tag[],
  natures: readonly TagNature[],
  { kind, differenced }: Normalizer,
): TrainingChoice[] {
  if (kind !== "auto") return [{ setting: "normalizer", value: kind, reason: "asked for" }];
  return tags.map(({ name }, tag) => {
    const { kind: nature, why } = natures[tag] as TagNature;
    const value = differenced?.[tag] ? "differenced" : "standard";
    return { setting: `normalizer of ${name}`, value, reason: `${nature}: ${name} ${why}` };
  });
}
