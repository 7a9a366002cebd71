import type { ModelCard } from "../../core/model-card.ts";
import { composeCard } from "../compose-card.ts";
import type { OnnxSession } from "../runtime.ts";
import { alarmLevelsOf } from "./alarm-levels.ts";
import { choose, describeTagChoices } from "./choices.ts";
import { recordGolden } from "./record-golden.ts";
import type { TrainingFacts } from "./training-facts.ts";

/** The card of a trained model, but for what missing tags do to its score. */
export async function composeTrainedCard(
  facts: TrainingFacts,
  session: OnnxSession,
): Promise<ModelCard> {
  const { frames, table, tags, settings, prepared, fits, heldOut, final } = facts;
  const { plan, running, smoothingMs } = prepared;
  const { windowLength } = plan;
  const strideMs = settings.stride * table.periodMs;
  const levels = alarmLevelsOf(heldOut, settings.falseAlarmsPerDay, strideMs);
  const losses = fits.map((fitted) => fitted.validationLoss);
  const validationLoss = losses.reduce((sum, loss) => sum + loss / losses.length, 0);
  const window = { length: windowLength, tags: tags.length };
  return {
    ...composeCard({
      frames,
      tags,
      settings: { ...settings, windowLength },
      trainingWindows: final.starts.length,
      fitted: { ...final.fitted, validationLoss },
      layers: final.layers,
      threshold: levels.threshold,
    }),
    warningThreshold: levels.warningThreshold,
    normalizer: final.normalizer,
    calibration: heldOut.calibration,
    drift: final.drift,
    smoothingMs,
    ...(running && { running }),
    golden: await recordGolden(final.frames, final.starts, window, session),
    choices: [
      ...prepared.choices,
      ...choose(facts, levels),
      ...describeTagChoices(tags, prepared.lesson.natures, final.normalizer),
    ],
  };
}
