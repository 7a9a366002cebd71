import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { Contribution, Score } from "../core/score.ts";
import { GatewayError } from "../errors.ts";
import { normalizeInto } from "../math/normalizer.ts";
import { logError, type WeightedError } from "../math/weighted-error.ts";
import { type ErrorWeights, errorWeights, windowError } from "../math/window-error.ts";
import { scoreByGraph } from "./graph-score.ts";
import type { OnnxSession } from "./runtime.ts";
import type { Reconstruction, Scorer } from "./scorer.ts";

/** A model that is loaded and ready to score. */
export interface Model extends Scorer {
  /** The model file, card and all, as {@link saveModel} writes it. */
  readonly bytes: Uint8Array;
  /** Lets go of the runtime's memory; the model cannot score afterwards. */
  close(): Promise<void>;
  reconstruct(windows: readonly FrameWindow[]): Promise<readonly Reconstruction[]>;
}

/** Puts the parts of a model together; `session` maps `windows [n, cells]` to `reconstruction [n, cells]` or `score [n, 1]`. */
export function createModel(
  card: ModelCard,
  identity: ModelIdentity,
  bytes: Uint8Array,
  session: OnnxSession,
): Model {
  const cells = card.windowLength * card.tags.length;
  const weights = errorWeights(card.calibration);

  const normalize = (windows: readonly FrameWindow[]): Float32Array => {
    const input = new Float32Array(windows.length * cells);
    windows.forEach(({ values, offsets }, place) => {
      normalizeInto(input, place * cells, values, card.normalizer, offsets);
    });
    return input;
  };
  const run = (cellsOfWindows: Float32Array): Promise<Float32Array> =>
    reconstruct(session, cellsOfWindows, cells);
  /** Fills unknown cells of `input`, in a second run. */
  const rebuild = async (
    input: Float32Array,
    windows: readonly FrameWindow[],
  ): Promise<Float32Array> => {
    const output = await run(input);
    return fillUnknown(input, output, windows, cells) ? run(input) : output;
  };

  const scoreKnown = async (windows: readonly FrameWindow[]): Promise<Score[]> => {
    const input = normalize(windows);
    if (card.output === "score") {
      const given = await run(input);
      const thresholds = windows.map((window) => thresholdsOf(card, window));
      return scoreByGraph(card, windows, { input, given, thresholds, run });
    }
    const output = await rebuild(input, windows);
    return windows.map((window, place) =>
      scoreOf(card, weights, window, { input, output, offset: place * cells }),
    );
  };

  return {
    card,
    identity,
    bytes,
    async score(windows) {
      for (const window of windows) requireShape(card, window);
      const enough = windows.filter(
        ({ coverage, state = "running" }) => coverage >= card.minCoverage && state === "running",
      );
      const scored = enough.length > 0 ? await scoreKnown(enough.map(finiteWindow)) : [];
      let next = 0;
      return windows.map(
        (window) =>
          (window === enough[next] ? scored[next++] : undefined) ?? notJudged(card, window),
      );
    },
    async reconstruct(windows) {
      for (const window of windows) requireShape(card, window);
      if (windows.length === 0) return [];
      const known = windows.map(finiteWindow);
      const input = normalize(known);
      const output = card.output === "score" ? undefined : await rebuild(input, known);
      return windows.map((_, place) => {
        const [from, to] = [place * cells, (place + 1) * cells];
        return {
          normalized: input.subarray(from, to),
          ...(output && { reconstruction: output.subarray(from, to) }),
        };
      });
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

interface Reconstructed {
  readonly input: Float32Array;
  readonly output: Float32Array;
  /** Where the window begins in both. */
  readonly offset: number;
}

function scoreOf(
  card: ModelCard,
  weights: ErrorWeights,
  window: FrameWindow,
  { input, output, offset }: Reconstructed,
): Score {
  const { logMean, logDeviation } = card.calibration;
  const { length, tags, values, endMs, coverage } = window;
  const error = windowError(input, output, values, weights, { offset, length, tags });
  const value = (logError(error.mean) - logMean) / logDeviation;
  const thresholds = thresholdsOf(card, window);
  return {
    endMs,
    value,
    ...thresholds,
    verdict: value >= thresholds.threshold ? "anomalous" : "normal",
    coverage,
    contributions: contributionsOf(card, window, error, { input, output, offset }),
  };
}

/** A hole makes the reconstruction of the other tags worse: the thresholds make up for it. */
function thresholdsOf(
  card: ModelCard,
  window: FrameWindow,
): Pick<Score, "threshold" | "warningThreshold"> {
  const rise = riseOf(card, window);
  const { threshold, warningThreshold } = card;
  return {
    threshold: threshold + rise,
    ...(warningThreshold !== undefined && { warningThreshold: warningThreshold + rise }),
  };
}

function riseOf({ calibration }: ModelCard, { values, tags, length }: FrameWindow): number {
  const { missingRise } = calibration;
  let rise = 0;
  if (missingRise !== undefined) {
    for (let cell = 0; cell < values.length; cell += 1) {
      if (Number.isNaN(values[cell])) rise += (missingRise[cell % tags] as number) / length;
    }
  }
  return rise;
}

function contributionsOf(
  { tags, normalizer: { center, scale, differenced }, calibration: { residualScale } }: ModelCard,
  window: FrameWindow,
  { shares, worstRows }: WeightedError,
  reconstructed: Reconstructed,
): Contribution[] {
  const { values, offsets } = window;
  const { output, offset } = reconstructed;
  return tags.map(({ name }, tag) => {
    const cell = (worstRows[tag] as number) * tags.length + tag;
    const before = cell < tags.length ? cell : cell - tags.length;
    const level = differenced?.[tag] ? (values[before] as number) : (offsets?.[tag] ?? 0);
    const normalized = output[offset + cell] as number;
    return {
      tag: name,
      share: shares[tag] as number,
      actual: values[cell] as number,
      expected: normalized * (scale[tag] as number) + (center[tag] as number) + level,
      deviation: deviationOf(tag, residualScale[tag] as number, window, reconstructed),
    };
  });
}

/** The farther one of two means over the measured rows: of the residuals, in units of `residualScale`, and of the values. */
function deviationOf(
  tag: number,
  residualScale: number,
  { values, tags }: FrameWindow,
  { input, output, offset }: Reconstructed,
): number {
  let [away, off, rows] = [0, 0, 0];
  for (let cell = tag; cell < values.length; cell += tags) {
    if (Number.isNaN(values[cell])) continue;
    const value = input[offset + cell] as number;
    away += value;
    off += (value - (output[offset + cell] as number)) / residualScale;
    rows += 1;
  }
  return (Math.abs(away) > Math.abs(off) ? away : off) / rows;
}

function notJudged({ threshold }: ModelCard, { endMs, coverage, state }: FrameWindow): Score {
  const verdict = state === "stopped" ? "not-running" : "insufficient-data";
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
