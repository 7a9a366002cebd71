import type { ModelCard, Provenance, SensorProfile } from "../core/model-card.ts";
import { loadModel } from "../model/load-model.ts";
import { columns, rounded } from "./columns.ts";
import type { Findings } from "./findings.ts";
import { choiceTable } from "./training-report.ts";

/** Loads a model, with all checks, and shows its card. */
export async function inspectModel(file: string): Promise<Findings> {
  const model = await loadModel(file);
  await model.close();
  const { golden: _, ...card } = model.card;
  const { bytes, identity } = model;
  return {
    facts: { kind: "model", file, bytes: bytes.length, sha256: identity.sha256, ...card },
    lines: [
      `model "${card.name}" version ${card.version}: ${bytes.length} bytes, sha256 ${identity.sha256}`,
      `windows of ${card.windowLength} frames of ${card.periodMs} ms, stride ${card.stride}, ${describeGraph(card)}`,
      ...describeOrigin(card),
      ...describeOptimizing(card.provenance),
      describeLevels(card),
      `scores ${describeSmoothing(card)}, levels of tags ${describeDrift(card)}`,
      describeRunning(card),
      ...tagTable(card),
      ...choiceTable(card.choices ?? []),
    ],
  };
}

type Shown = Omit<ModelCard, "golden">;

function tagTable({ tags, normalizer, calibration, drift, sensors }: Shown): readonly string[] {
  const rows = tags.map(({ name, unit = "" }, tag) => [
    name,
    unit,
    rounded(normalizer.center[tag] as number),
    rounded(normalizer.scale[tag] as number),
    ...(drift ? [Number((drift.offset[tag] as number).toPrecision(3))] : []),
    rounded(calibration.residualScale[tag] as number),
    ...sensorColumns(sensors?.[tag]),
  ]);
  const sensorHeads = sensors ? ["lowest", "highest", "repeats", "step", "noise"] : [];
  const heads = ["tag", "unit", "center", "scale", ...(drift ? ["drift"] : []), "residual"];
  return columns([[...heads, ...sensorHeads], ...rows]);
}

/** What answers to a window; the kind is written down only where it is not the usual one. */
function describeGraph({ output, provenance: { layers }, choices = [] }: Shown): string {
  if (layers === undefined) {
    return output === "score" ? "gives a score of its own" : "gives a reconstruction";
  }
  const kind = choices.find(({ setting }) => setting === "kind")?.value ?? "autoencoder";
  return `${kind} with layers ${layers.join("-")}`;
}

function describeLevels({ threshold, warningThreshold, eventRule, minCoverage }: Shown): string {
  const warning = warningThreshold === undefined ? "none" : rounded(warningThreshold);
  const { deadband, onDelayMs, offDelayMs } = eventRule;
  return `threshold ${rounded(threshold)}, warning ${warning}, deadband ${rounded(deadband)}, on-delay ${onDelayMs} ms, off-delay ${offDelayMs} ms, least coverage ${rounded(minCoverage)}`;
}

function describeSmoothing({ smoothingMs }: Shown): string {
  return smoothingMs === undefined ? "not smoothed" : `smoothed over ${smoothingMs} ms`;
}

function describeDrift({ drift }: Shown): string {
  if (drift === undefined) return "as in training for ever";
  return `followed over ${Math.round(drift.timeMs)} ms, by ${drift.limit} spreads at most`;
}

function describeRunning({ running }: Shown): string {
  if (running === undefined) return "running: always";
  return `running when ${running.expression}, settled after ${running.settleMs} ms`;
}

/** Where the model comes from: trained here, or packed from another library's file and only calibrated here. */
function describeOrigin({ provenance, calibration }: Shown): readonly string[] {
  const { trainedFromMs, trainedToMs, frames, packedFrom, ...fit } = provenance;
  const { windows } = calibration;
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

function describeOptimizing({ optimizedFrom }: Provenance): readonly string[] {
  if (optimizedFrom === undefined) return [];
  const { name, version, sha256, steps, machine } = optimizedFrom;
  return [
    `optimized (${steps.join(", ")}) from "${name}" version ${version}, sha256 ${sha256}, with ${machine}`,
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
