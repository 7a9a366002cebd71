import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { SensorFault } from "../core/sensor-fault.ts";

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
