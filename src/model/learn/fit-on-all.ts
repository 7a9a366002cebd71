import type { DriftRule, Normalizer } from "../../core/model-card.ts";
import { fitNormalizer } from "../../math/normalizer.ts";
import type { FittedNetwork } from "../fit-network.ts";
import type { NetworkDesign } from "../onnx/network.ts";
import { gatherRows, type Lesson } from "./cross-validate.ts";
import { type FitPlan, fitAutoencoder } from "./fit-autoencoder.ts";
import { prepareFrames } from "./prepare-frames.ts";
import { sampleStarts, startsOf } from "./window-runs.ts";

/** Windows that the loss of the last network is measured on. */
const MAX_CHECK_WINDOWS = 2_000;

/** The network that is kept. */
export interface FinalFit {
  readonly design: NetworkDesign;
  readonly fitted: FittedNetwork;
  /** Sizes, input and output included; of the linear part where there is nothing else. */
  readonly layers: readonly number[];
  readonly normalizer: Normalizer;
  readonly drift: DriftRule;
  /** Shape `[rows, tags]`, normalized. */
  readonly frames: Float32Array;
  /** First rows of the windows learnt from. */
  readonly starts: Uint32Array;
}

/** Learns everything, for as many epochs as were best on the blocks held out. */
export async function fitOnAll(lesson: Lesson, plan: FitPlan, epochs: number): Promise<FinalFit> {
  const { tags, natures, periodMs, values, runs } = lesson;
  const { windowLength, drift } = plan;
  const known = gatherRows(values, runs, tags.length);
  const normalizer = fitNormalizer(known, tags, { ...plan.normalizer, natures });
  const { frames, offset } = prepareFrames(values, runs, normalizer, drift, periodMs);
  const starts = startsOf(runs, windowLength);
  const windows = { training: starts, heldOut: sampleStarts(starts, MAX_CHECK_WINDOWS) };
  const fixed = { ...plan, maxEpochs: epochs, patience: epochs + 1 };
  const { design, fitted } = await fitAutoencoder(frames, windows, tags.length, fixed);
  const cells = windowLength * tags.length;
  const linear = [cells, design.linear?.rank ?? 1, cells];
  const layers = design.layers.length > 0 ? design.layers : linear;
  return { design, fitted, layers, normalizer, drift: { ...drift, offset }, frames, starts };
}
