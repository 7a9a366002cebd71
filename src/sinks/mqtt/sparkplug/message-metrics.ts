import type { AnomalyEvent } from "../../../core/anomaly-event.ts";
import type { DriftEvent } from "../../../core/drift-event.ts";
import type { GatewayMessage } from "../../../core/gateway-message.ts";
import type { MessageKind } from "../../../core/message-kind.ts";
import type { ScoreSummary } from "../../../core/score-summary.ts";
import type { SensorFault } from "../../../core/sensor-fault.ts";
import { timeOf } from "../../cloud-event.ts";
import type { Metric } from "./payload.ts";

/** What can be said in metrics; tensors, labels and reports of losses cannot. */
export type MeasurableMessage = AnomalyEvent | SensorFault | DriftEvent | ScoreSummary;

export const SPARKPLUG_KINDS: readonly MessageKind[] = [
  "anomaly",
  "sensor-fault",
  "drift",
  "score-summary",
];

export function isMeasurable(message: GatewayMessage): message is MeasurableMessage {
  return SPARKPLUG_KINDS.includes(message.kind);
}

/** A metric before its time is known. */
type Value = readonly [name: string, type: Metric["type"], value: Metric["value"]];

/** The metrics that a message sets. */
export function metricsOf(message: MeasurableMessage): readonly Metric[] {
  const timeMs = timeOf(message);
  return valuesOf(message).map(([name, type, value]) => ({ name, type, value, timeMs }));
}

/** What every machine is born with, so that a host can refer to it before anything has happened. */
export function metricsAtBirth(timeMs: number): readonly Metric[] {
  return ANOMALY.map(([name, type]) => ({ name, type, value: undefined, timeMs }));
}

function valuesOf(message: MeasurableMessage): readonly Value[] {
  switch (message.kind) {
    case "anomaly":
      return anomaly(message);
    case "sensor-fault":
      return sensorFault(message);
    case "drift":
      return drift(message);
    case "score-summary":
      return summary(message);
  }
}

const ANOMALY: readonly (readonly [
  name: string,
  type: Metric["type"],
  value: (event: AnomalyEvent) => Metric["value"],
])[] = [
  ["Anomaly/Active", "Boolean", ({ phase }) => phase !== "closed"],
  ["Anomaly/Phase", "String", ({ phase }) => phase],
  ["Anomaly/Id", "String", ({ id }) => id],
  ["Anomaly/Revision", "Int32", ({ revision }) => revision],
  ["Anomaly/Severity", "Int32", ({ severity }) => severity],
  ["Anomaly/Score", "Double", ({ score }) => score],
  ["Anomaly/Threshold", "Double", ({ threshold }) => threshold],
  ["Anomaly/Coverage", "Double", ({ coverage }) => coverage],
  ["Anomaly/Start", "DateTime", ({ startMs }) => startMs],
  ["Anomaly/End", "DateTime", ({ endMs }) => endMs],
  ["Anomaly/Peak", "DateTime", ({ peakMs }) => peakMs],
  ["Anomaly/Model/Name", "String", ({ model }) => model.name],
  ["Anomaly/Model/Version", "String", ({ model }) => model.version],
  ["Anomaly/Model/SHA-256", "String", ({ model }) => model.sha256],
];

function anomaly(event: AnomalyEvent): readonly Value[] {
  const fixed = ANOMALY.map(([name, type, value]): Value => [name, type, value(event)]);
  const shares = event.contributions.map(
    ({ tag, share }): Value => [`Anomaly/Contributions/${tag}`, "Double", share],
  );
  return [...fixed, ...shares];
}

function sensorFault(fault: SensorFault): readonly Value[] {
  const folder = `Sensor Faults/${fault.tag}`;
  return [
    [`${folder}/Active`, "Boolean", fault.phase !== "closed"],
    [`${folder}/Phase`, "String", fault.phase],
    [`${folder}/Id`, "String", fault.id],
    [`${folder}/Revision`, "Int32", fault.revision],
    [`${folder}/Fault`, "String", fault.fault],
    [`${folder}/Value`, "Double", fault.value],
    [`${folder}/Observed`, "Double", fault.observed],
    [`${folder}/Limit`, "Double", fault.limit],
    [`${folder}/Start`, "DateTime", fault.startMs],
    [`${folder}/End`, "DateTime", fault.endMs],
  ];
}

function drift(event: DriftEvent): readonly Value[] {
  const moved = event.tags.flatMap(({ tag, shift, spread }): Value[] => [
    [`Drift/Tags/${tag}/Shift`, "Double", shift],
    [`Drift/Tags/${tag}/Spread`, "Double", spread],
  ]);
  return [
    ["Drift/Active", "Boolean", event.phase !== "closed"],
    ["Drift/Phase", "String", event.phase],
    ["Drift/Id", "String", event.id],
    ["Drift/Revision", "Int32", event.revision],
    ["Drift/Score Shift", "Double", event.scoreShift],
    ["Drift/Advice", "String", event.advice],
    ["Drift/Start", "DateTime", event.startMs],
    ["Drift/End", "DateTime", event.endMs],
    ...moved,
  ];
}

function summary(hour: ScoreSummary): readonly Value[] {
  return [
    ["Summary/Id", "String", hour.id],
    ["Summary/Revision", "Int32", hour.revision],
    ["Summary/Start", "DateTime", hour.startMs],
    ["Summary/End", "DateTime", hour.endMs],
    ["Summary/Normal", "Int32", hour.normal],
    ["Summary/Anomalous", "Int32", hour.anomalous],
    ["Summary/Not Running", "Int32", hour.notRunning],
    ["Summary/Insufficient Data", "Int32", hour.insufficientData],
    ["Summary/Muted", "Int32", hour.muted],
    ["Summary/Median", "Double", hour.median],
    ["Summary/P95", "Double", hour.p95],
    ["Summary/Highest", "Double", hour.highest],
    ["Summary/Threshold", "Double", hour.threshold],
  ];
}
