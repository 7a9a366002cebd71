import type { ModelCard, TrainingChoice } from "../core/model-card.ts";
import type { Model } from "../model/model.ts";
import { columns } from "./columns.ts";

/** What came of training, for machines. */
export function trainingFacts({ card, identity, bytes }: Model, out: string): object {
  const { periodMs, windowLength, stride, threshold, warningThreshold, choices, provenance } = card;
  const tags = card.tags.map(({ name }) => name);
  return {
    ...{ out, bytes: bytes.length, sha256: identity.sha256, tags, periodMs, windowLength, stride },
    ...{ threshold, warningThreshold, choices },
    ...provenance,
  };
}

/** ... and for people: what was learnt, what was chosen, and where warning and alarm begin. */
export function trainingLines({ card, identity, bytes }: Model, out: string): readonly string[] {
  const { provenance, windowLength, periodMs, tags, choices = [] } = card;
  const { layers = [], epochs, trainingWindows, validationLoss = Number.NaN } = provenance;
  return [
    `${out}: ${bytes.length} bytes, sha256 ${identity.sha256}`,
    `  ${tags.length} tags every ${periodMs} ms, windows of ${windowLength} frames, layers ${layers.join("-")}`,
    `  learnt from ${trainingWindows} windows in ${epochs} epochs, held-out loss ${validationLoss.toFixed(4)}`,
    ...choiceTable(choices.filter(({ setting }) => setting !== "threshold")).map(
      (line) => `  ${line}`,
    ),
    ...levelLines(card).map((line) => `  ${line}`),
  ];
}

/** What was chosen, with the reasons, in a table; without the tags that are like most. */
export function choiceTable(choices: readonly TrainingChoice[]): readonly string[] {
  if (choices.length === 0) return [];
  const shown = choices.filter((choice) => !isOrdinaryTag(choice));
  return columns([
    ["chosen", "value", "because"],
    ...shown.map(({ setting, value, reason }) => [setting, value, reason]),
  ]);
}

/** Where warning and alarm begin, and how far the recording bears that out. */
function levelLines({ threshold, warningThreshold, choices = [] }: ModelCard): readonly string[] {
  const warning =
    warningThreshold === undefined ? "" : `, worth a look from ${warningThreshold.toFixed(2)} on`;
  const reason = choices.find(({ setting }) => setting === "threshold")?.reason;
  return [
    `a window is anomalous from a score of ${threshold.toFixed(2)} on${warning}`,
    ...(reason === undefined ? [] : [`threshold: ${reason}`]),
  ];
}

function isOrdinaryTag({ setting, value, reason }: TrainingChoice): boolean {
  return (
    setting.startsWith("normalizer of ") && value === "standard" && reason.startsWith("continuous")
  );
}
