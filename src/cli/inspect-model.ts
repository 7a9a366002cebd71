import type { Calibration, ModelCard, Provenance, SensorProfile } from "../core/model-card.ts";
import { loadModel } from "../model/load-model.ts";
import { columns, rounded } from "./columns.ts";
import type { Findings } from "./findings.ts";

/** Loads a model, with all checks, and shows its card. */
export async function inspectModel(file: string): Promise<Findings> {
  const model = await loadModel(file);
  await model.close();
  const { golden: _, ...card } = model.card;
  const { tags, normalizer, calibration, provenance, eventRule } = card;
  const table = tags.map(({ name, unit = "" }, tag) => [
    name,
    unit,
    rounded(normalizer.center[tag] as number),
    rounded(normalizer.scale[tag] as number),
    rounded(calibration.residualScale[tag] as number),
    ...sensorColumns(card.sensors?.[tag]),
  ]);
  const sensorHeads = card.sensors ? ["lowest", "highest", "repeats", "step", "noise"] : [];
  const { bytes, identity } = model;
  return {
    facts: { kind: "model", file, bytes: bytes.length, sha256: identity.sha256, ...card },
    lines: [
      `model "${card.name}" version ${card.version}: ${bytes.length} bytes, sha256 ${identity.sha256}`,
      `windows of ${card.windowLength} frames of ${card.periodMs} ms, stride ${card.stride}${describeGraph(card)}`,
      ...describeOrigin(provenance, calibration),
      `threshold ${rounded(card.threshold)}, deadband ${rounded(eventRule.deadband)}, on-delay ${eventRule.onDelayMs} ms, off-delay ${eventRule.offDelayMs} ms, least coverage ${rounded(card.minCoverage)}`,
      ...columns([["tag", "unit", "center", "scale", "residual", ...sensorHeads], ...table]),
    ],
  };
}

function describeGraph({
  output,
  provenance: { layers },
}: Pick<ModelCard, "output" | "provenance">): string {
  if (layers !== undefined) return `, layers ${layers.join("-")}`;
  return output === "score" ? ", gives a score of its own" : ", gives a reconstruction";
}

/** Where the model comes from: trained here, or packed from another library's file and only calibrated here. */
function describeOrigin(
  { trainedFromMs, trainedToMs, frames, packedFrom, ...fit }: Provenance,
  { windows }: Calibration,
): readonly string[] {
  const [from, to] = [trainedFromMs, trainedToMs].map((timeMs) => new Date(timeMs).toISOString());
  const data = `${frames} frames from ${from} to ${to}`;
  if (packedFrom !== undefined) {
    return [
      `packed from a file of ${packedFrom.producer}, sha256 ${packedFrom.sha256}`,
      `calibrated on ${windows} windows, ${data}`,
    ];
  }
  const { seed, epochs, trainingLoss = Number.NaN, validationLoss = Number.NaN } = fit;
  return [
    `trained on ${data}, seed ${seed}, ${epochs} epochs`,
    `loss ${rounded(trainingLoss)}, held out ${rounded(validationLoss)} on ${windows} windows`,
  ];
}

/** What the sensor did in training: the limits of sensor faults come from it. */
function sensorColumns(sensor: SensorProfile | undefined): readonly (string | number)[] {
  if (sensor === undefined) return [];
  const { low, high, longestUnchanged, largestStep, steadyNoise } = sensor;
  return [
    rounded(low),
    rounded(high),
    longestUnchanged,
    rounded(largestStep),
    rounded(steadyNoise),
  ];
}
