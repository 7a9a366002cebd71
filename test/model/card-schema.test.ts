import { describe, expect, it } from "vitest";
import type { ModelCard, RunningRule } from "../../src/core/model-card.ts";
import { parseCard } from "../../src/model/card-schema.ts";

const card: ModelCard = {
  format: 1,
  name: "pump",
  version: "1",
  tags: [{ name: "speed" }, { name: "volume flow" }],
  periodMs: 1_000,
  windowLength: 8,
  stride: 1,
  normalizer: { kind: "robust", center: [0, 0], scale: [1, 1], clip: 10 },
  calibration: { residualScale: [1, 1], logMean: 0, logDeviation: 1, windows: 10 },
  threshold: 4,
  minCoverage: 0.5,
  eventRule: { onDelayMs: 0, offDelayMs: 0, deadband: 0 },
  golden: [],
  provenance: {
    producer: "test",
    trainedFromMs: 0,
    trainedToMs: 1,
    frames: 1,
    trainingWindows: 1,
  },
};

const readWith = (running: RunningRule): ModelCard =>
  parseCard(JSON.stringify({ ...card, running }), "pump.onnx");

describe("a card that says when its machine runs", () => {
  it("is read with it", () => {
    const running = { expression: 'speed > 100 or "volume flow" > 3', settleMs: 60_000 };
    expect(readWith(running).running).toEqual(running);
    expect(parseCard(JSON.stringify(card), "pump.onnx")).not.toHaveProperty("running");
  });

  it("is refused when the expression is not about its tags, or the time is none", () => {
    const refused = (running: RunningRule, message: RegExp): void => {
      expect(() => readWith(running)).toThrow(
        expect.objectContaining({
          code: "MODEL_INVALID",
          message: expect.stringMatching(message),
        }),
      );
    };
    refused({ expression: "rpm > 100", settleMs: 0 }, /pump\.onnx: .*there is no tag rpm/s);
    refused({ expression: "speed >", settleMs: 0 }, /got the end/);
    refused({ expression: "speed > 100", settleMs: -1 }, /settleMs/);
  });
});
