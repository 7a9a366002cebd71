import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { DriftEvent } from "../core/drift-event.ts";
import type { Label } from "../core/label.ts";
import type { ScoreSummary } from "../core/score-summary.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import type { CaptureTensor, WindowCapture } from "../core/window-capture.ts";

/**
 * Makes a complete event for a test; name only what the test is about.
 *
 * One reading is `bad` and so has the value `NaN`, because that is what breaks sinks that go through JSON carelessly.
 */
export function sampleEvent(overrides: Partial<AnomalyEvent> = {}): AnomalyEvent {
  return {
    kind: "anomaly",
    id: "gateway-1/pump-1/1700000000000",
    revision: 0,
    phase: "opened",
    gateway: "gateway-1",
    machine: "pump-1",
    startMs: 1_700_000_000_000,
    endMs: 1_700_000_005_000,
    peakMs: 1_700_000_004_000,
    severity: 720,
    score: 6.3,
    threshold: 4,
    contributions: [
      { tag: "bearingTemperature", share: 0.75, actual: 91.5, expected: 62 },
      { tag: "flow", share: 0.25, actual: 11.2, expected: 14.8 },
    ],
    model: { name: "pump", version: "1", sha256: "0".repeat(64) },
    coverage: 0.97,
    readings: [
      { tag: "bearingTemperature", timeMs: 1_700_000_003_000, value: 91.5, quality: "good" },
      {
        tag: "flow",
        timeMs: 1_700_000_003_000,
        value: Number.NaN,
        quality: "bad",
        statusCode: 0x80_8c_00_00,
      },
    ],
    ...overrides,
  };
}

/** Makes a complete sensor fault for a test; its readings are bad, as those of a sensor that is gone. */
export function sampleSensorFault(overrides: Partial<SensorFault> = {}): SensorFault {
  return {
    kind: "sensor-fault",
    id: "gateway-1/pump-1/flow/1700000000000",
    revision: 0,
    phase: "opened",
    gateway: "gateway-1",
    machine: "pump-1",
    tag: "flow",
    fault: "bad-quality",
    startMs: 1_700_000_000_000,
    endMs: 1_700_000_010_000,
    value: Number.NaN,
    observed: 11_000,
    limit: 10_000,
    readings: [{ tag: "flow", timeMs: 1_700_000_003_000, value: Number.NaN, quality: "bad" }],
    ...overrides,
  };
}

/** Makes a complete window capture for a test: two frames of two tags, one cell unknown. */
export function sampleCapture(overrides: Partial<WindowCapture> = {}): WindowCapture {
  return {
    kind: "capture",
    id: "gateway-1/pump-1/capture/1700000004000",
    revision: 0,
    gateway: "gateway-1",
    machine: "pump-1",
    model: { name: "pump", version: "1", sha256: "0".repeat(64) },
    reason: "random",
    inclusionProbability: 0.01,
    endMs: 1_700_000_004_000,
    periodMs: 1000,
    tags: ["bearingTemperature", "flow"],
    inputs: [tensor("window", [62.1, 14.8, 62.3, Number.NaN])],
    outputs: [tensor("reconstruction", [0.1, -0.2, 0.2, -0.1])],
    auxiliary: [tensor("normalized", [0.05, -0.1, 0.25, 0])],
    score: 0.4,
    threshold: 4,
    coverage: 0.75,
    contributions: [
      { tag: "bearingTemperature", share: 0.75, actual: 62.3, expected: 62.2 },
      { tag: "flow", share: 0.25, actual: Number.NaN, expected: 14.8 },
    ],
    ...overrides,
  };
}

function tensor(name: string, values: readonly number[]): CaptureTensor {
  const data = Buffer.from(new Float32Array(values).buffer).toString("base64");
  return { name, dataType: "FLOAT32", shape: [2, 2], data };
}

/** Makes a complete label for a test. */
export function sampleLabel(overrides: Partial<Label> = {}): Label {
  return {
    kind: "label",
    id: "gateway-1/pump-1/label/1",
    revision: 0,
    gateway: "gateway-1",
    machine: "pump-1",
    target: "gateway-1/pump-1/1700000000000",
    verdict: "fault",
    by: "shift B",
    atMs: 1_700_000_060_000,
    ...overrides,
  };
}

/** Makes a complete drift event for a test. */
export function sampleDrift(overrides: Partial<DriftEvent> = {}): DriftEvent {
  return {
    kind: "drift",
    id: "gateway-1/pump-1/drift/1700000000000",
    revision: 0,
    phase: "opened",
    gateway: "gateway-1",
    machine: "pump-1",
    model: { name: "pump", version: "1", sha256: "0".repeat(64) },
    startMs: 1_700_000_000_000,
    endMs: 1_700_086_400_000,
    tags: [{ tag: "flow", shift: -3.2, spread: 1.1 }],
    scoreShift: 2.4,
    advice: "Train the model again with recent data.",
    ...overrides,
  };
}

/** Makes a complete summary of an hour of scores for a test, of which none was a number. */
export function sampleSummary(overrides: Partial<ScoreSummary> = {}): ScoreSummary {
  return {
    kind: "score-summary",
    id: "gateway-1/pump-1/summary/1700000000000",
    revision: 0,
    gateway: "gateway-1",
    machine: "pump-1",
    model: { name: "pump", version: "1", sha256: "0".repeat(64) },
    startMs: 1_700_000_000_000,
    endMs: 1_700_003_599_000,
    normal: 0,
    anomalous: 0,
    notRunning: 3600,
    insufficientData: 0,
    muted: 0,
    median: Number.NaN,
    p95: Number.NaN,
    highest: Number.NaN,
    threshold: 4,
    ...overrides,
  };
}
