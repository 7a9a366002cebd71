import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { Contribution, Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import { normalizeInto } from "../math/normalizer.ts";
import { logError, type WeightedError, weightedError } from "../math/weighted-error.ts";
import { scoreByGraph } from "./graph-score.ts";
import type { OnnxSession } from "./runtime.ts";
import type { Scorer } from "./scorer.ts";

/** A model that is loaded and ready to score. */
export interface Model extends Scorer {
  /** The model file, card and all, as {@link saveModel} writes it. */
  readonly bytes: Uint8Array;
  /** Lets go of the runtime's memory; the model cannot score afterwards. */
  close(): Promise<void>;
}

/** Puts the parts of a model together; `session` maps `windows [n, cells]` to `reconstruction [n, cells]` or `score [n, 1]`. */
export function createModel(
  card: ModelCard,
  identity: ModelIdentity,
  bytes: Uint8Array,
  session: OnnxSession,
): Model {
  const cells = card.windowLength * card.tags.length;

  const scoreKnown = async (windows: readonly FrameWindow[]): Promise<Score[]> => {
    const input = new Float32Array(windows.length * cells);
    windows.forEach(({ values }, place) => {
      normalizeInto(input, place * cells, values, card.normalizer);
    });
    const run = (cellsOfWindows: Float32Array): Promise<Float32Array> =>
      reconstruct(session, cellsOfWindows, cells);
    let output = await run(input);
    if (card.output === "score") {
      const thresholds = windows.map((window) => thresholdOf(card, window));
      return scoreByGraph(card, windows, { input, given: output, thresholds, run });
    }
    if (fillUnknown(input, output, windows, cells)) output = await run(input);
    return windows.map((window, place) => scoreOf(card, window, input, output, place * cells));
  };

  return {
    card,
    identity,
    bytes,
    async score(windows) {
      for (const window of windows) requireShape(card, window);
      const enough = windows.filter(({ coverage }) => coverage >= card.minCoverage);
      const scored = enough.length > 0 ? await scoreKnown(enough.map(finiteWindow)) : [];
      let next = 0;
      return windows.map(
        (window) =>
          (window === enough[next] ? scored[next++] : undefined) ?? insufficientData(card, window),
      );
    },
    close: () => session.release(),
  };
}

/**
 * Runs the network; a graph with `output: "score"` answers with one number per window.
 *
 * @throws GatewayError `SCORING_FAILED` when the runtime fails or answers with something that is not a finite number.
 */
export async function reconstruct(
  session: OnnxSession,
  input: Float32Array,
  cells: number,
): Promise<Float32Array> {
  const feeds = { windows: { data: input, dimensions: [input.length / cells, cells] } };
  const answers = await session.run(feeds).catch((cause: unknown) => {
    throw new GatewayError("SCORING_FAILED", "ONNX Runtime failed to score a batch", { cause });
  });
  const output = Object.values(answers)[0]?.data as Float32Array;
  if (!output.every(Number.isFinite)) {
    throw new GatewayError("SCORING_FAILED", "the model answered with a number that is not finite");
  }
  return output;
}

/**
 * Puts the reconstruction in place of unknown cells, which were 0 in the first pass, so that a missing
 * tag pulls the others less: one step of iterative imputation.
 *
 * @returns whether there was anything to fill
 */
function fillUnknown(
  input: Float32Array,
  output: Float32Array,
  windows: readonly FrameWindow[],
  cells: number,
): boolean {
  let filled = false;
  windows.forEach(({ values }, place) => {
    for (let cell = 0; cell < cells; cell += 1) {
      if (!Number.isNaN(values[cell])) continue;
      input[place * cells + cell] = output[place * cells + cell] as number;
      filled = true;
    }
  });
  return filled;
}

/** An infinite cell is no measurement: unknown, as in training. */
function finiteWindow(window: FrameWindow): FrameWindow {
  if (window.values.every((value) => Math.abs(value) !== Number.POSITIVE_INFINITY)) return window;
  const values = window.values.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  return { ...window, values };
}

function scoreOf(
  card: ModelCard,
  window: FrameWindow,
  input: Float32Array,
  output: Float32Array,
  offset: number,
): Score {
  const { calibration } = card;
  const threshold = thresholdOf(card, window);
  const { length, tags, values, endMs, coverage } = window;
  const place = { offset, length, tags };
  const error = weightedError(input, output, values, calibration.residualScale, place);
  const value = (logError(error.mean) - calibration.logMean) / calibration.logDeviation;
  return {
    endMs,
    value,
    threshold,
    verdict: value >= threshold ? "anomalous" : "normal",
    coverage,
    contributions: contributionsOf(card, window, error, output, offset),
  };
}

/** A hole makes the reconstruction of the other tags worse: the threshold makes up for it. */
function thresholdOf({ calibration, threshold }: ModelCard, window: FrameWindow): number {
  const { missingRise } = calibration;
  const { values, tags, length } = window;
  let rise = 0;
  if (missingRise !== undefined) {
    for (let cell = 0; cell < values.length; cell += 1) {
      if (Number.isNaN(values[cell])) rise += (missingRise[cell % tags] as number) / length;
    }
  }
  return threshold + rise;
}

function contributionsOf(
  { tags, normalizer }: ModelCard,
  { values }: FrameWindow,
  { shares, worstRows }: WeightedError,
  output: Float32Array,
  offset: number,
): Contribution[] {
  return tags.map(({ name }, tag) => {
    const cell = (worstRows[tag] as number) * tags.length + tag;
    const normalized = output[offset + cell] as number;
    return {
      tag: name,
      share: shares[tag] as number,
      actual: values[cell] as number,
      expected: normalized * (normalizer.scale[tag] as number) + (normalizer.center[tag] as number),
    };
  });
}

function insufficientData({ threshold }: ModelCard, { endMs, coverage }: FrameWindow): Score {
  const verdict = "insufficient-data";
  return { endMs, value: Number.NaN, threshold, verdict, coverage, contributions: [] };
}

function requireShape(card: ModelCard, { length, tags }: FrameWindow): void {
  if (length === card.windowLength && tags === card.tags.length) return;
  throw new GatewayError(
    "MODEL_MISMATCH",
    `model "${card.name}": expected windows of ${card.windowLength} frames x ${card.tags.length} tags, got ${length} x ${tags}`,
    { hint: "Align the tags and slide the window as the model card says." },
  );
}
