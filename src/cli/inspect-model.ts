import type { SensorProfile } from "../core/model-card.ts";
import { loadModel } from "../model/load-model.ts";
import { columns, rounded } from "./columns.ts";
import type { Findings } from "./findings.ts";

/** Loads a model, with all checks, and shows its card. */
export async function inspectModel(file: string): Promise<Findings> {
  const model = await loadModel(file);
  await model.close();
  const { golden: _, ...card } = model.card;
  const { tags, normalizer, calibration, provenance, eventRule } = card;
  const [from, to] = [provenance.trainedFromMs, provenance.trainedToMs].map((timeMs) =>
    new Date(timeMs).toISOString(),
  );
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
      `windows of ${card.windowLength} frames of ${card.periodMs} ms, stride ${card.stride}, layers ${provenance.layers.join("-")}`,
      `trained on ${provenance.frames} frames from ${from} to ${to}, seed ${provenance.seed}, ${provenance.epochs} epochs`,
      `loss ${rounded(provenance.trainingLoss)}, held out ${rounded(provenance.validationLoss)} on ${calibration.windows} windows`,
      `threshold ${rounded(card.threshold)}, deadband ${rounded(eventRule.deadband)}, on-delay ${eventRule.onDelayMs} ms, off-delay ${eventRule.offDelayMs} ms, least coverage ${rounded(card.minCoverage)}`,
      ...columns([["tag", "unit", "center", "scale", "residual", ...sensorHeads], ...table]),
    ],
  };
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
