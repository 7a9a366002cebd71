import type { ModelCard, SensorProfile, TrainingChoice } from "../core/model-card.ts";
import { MIN_COVERAGE_SHARE } from "./compose-card.ts";
import { loadModel } from "./load-model.ts";
import type { Model } from "./model.ts";
import { cardMetadata, foreignMetadata, sealModel } from "./model-file.ts";
import { decodeModel, encodeChanged } from "./onnx/schema.ts";

export interface CapturedFacts {
  /** The model that the windows were captured with, or one like it. */
  readonly base?: Pick<Model, "card" | "identity">;
  /** Usual share of a window's cells that was measured. */
  readonly coverage: number;
}

/**
 * Completes a model that was trained on single windows by what these cannot show: when the machine runs, how long a sensor may stand still or be missing, how much of a
 * window is usually measured. Takes it from the model before; where there is none, the machine counts as always running, and of sensors nothing is known.
 *
 * @returns a model with the same network; the given one is closed
 */
export async function finishCaptured(model: Model, facts: CapturedFacts): Promise<Model> {
  const onnx = decodeModel(model.bytes, model.card.name);
  const card = completed(model.card, facts);
  onnx.metadataProps = [...foreignMetadata(onnx.metadataProps), cardMetadata(card)];
  const finished = await loadModel(sealModel(encodeChanged(onnx)));
  await model.close();
  return finished;
}

function completed(
  { sensors = [], choices = [], ...card }: ModelCard,
  { base, coverage }: CapturedFacts,
): ModelCard {
  if (base === undefined) {
    const reason = "windows alone do not show when the machine is off; no model before was given";
    const running = { setting: "running", value: "always", reason };
    return {
      ...card,
      minCoverage: MIN_COVERAGE_SHARE * coverage,
      choices: [running, ...choices.filter(({ setting }) => setting !== "running")],
    };
  }
  const { running, sensors: before, minCoverage } = base.card;
  return {
    ...card,
    minCoverage,
    ...(before && { sensors: before.map((one, tag) => widened(one, sensors[tag])) }),
    ...(running && { running }),
    choices: [
      ...inherited(base),
      ...choices.filter(({ setting }) => running === undefined || setting !== "running"),
    ],
  };
}

function inherited({ card, identity }: Pick<Model, "card" | "identity">): TrainingChoice[] {
  const model = `model "${identity.name}", version ${identity.version}`;
  const reason = `taken over from ${model}: windows alone do not show it`;
  const { running } = card;
  return running === undefined ? [] : [{ setting: "running", value: running.expression, reason }];
}

/** What was normal before, and what the windows have shown beside it. */
function widened(before: SensorProfile, now: SensorProfile | undefined): SensorProfile {
  if (now === undefined) return before;
  return {
    ...before,
    low: Math.min(before.low, now.low),
    high: Math.max(before.high, now.high),
    largestStep: Math.max(before.largestStep, now.largestStep),
  };
}
