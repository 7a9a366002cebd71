import type { NormalizerOptions } from "../../math/normalizer.ts";
import { principalComponents } from "../../math/principal-components.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { type FittedNetwork, fitNetwork, type TrainingProgress } from "../fit-network.ts";
import type { NetworkDesign } from "../onnx/network.ts";
import type { TrainingWindows } from "../training-windows.ts";
import type { DriftPace } from "./prepare-frames.ts";

/** What kind of model is learnt. */
export type ModelKind = "autoencoder" | "pca" | "z-score";

/** Everything that is fixed before a network is fitted. */
export interface FitPlan {
  readonly kind: ModelKind;
  readonly windowLength: number;
  readonly normalizer: Pick<NormalizerOptions, "kind" | "clip">;
  readonly drift: DriftPace;
  /** Hidden layers of the network on what the principal components leave over. */
  readonly hiddenLayers: readonly number[];
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly maxEpochs: number;
  readonly patience: number;
  /** Share of the windows that may be left out for being far stranger than the others. */
  readonly maxLeftOutShare: number;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal | undefined;
  readonly checkpoint?: Checkpoint | undefined;
}

/** Variance of the windows that the linear part explains ... */
const VARIANCE_SHARE = 0.8;
/** ... unless that takes more components than this. */
const MAX_RANK = 64;

/** Fits the linear part in closed form, and the network on what it leaves over. */
export async function fitAutoencoder(
  frames: Float32Array,
  windows: TrainingWindows,
  tags: number,
  plan: FitPlan,
): Promise<{ design: NetworkDesign; fitted: FittedNetwork }> {
  const window = { length: plan.windowLength, tags };
  const cells = window.length * tags;
  const linear = linearPart(frames, windows.training, window, plan);
  const hasLayers = plan.kind === "autoencoder" && plan.maxEpochs > 0;
  const design: NetworkDesign = {
    layers: hasLayers ? [cells, ...plan.hiddenLayers, cells] : [],
    activation: "relu",
    linear,
  };
  return { design, fitted: await fitNetwork(frames, windows, { ...plan, design, window }) };
}

/** A z-score expects the center of everything: a linear part that explains nothing. */
function linearPart(
  frames: Float32Array,
  starts: Uint32Array,
  window: { readonly length: number; readonly tags: number },
  { kind }: FitPlan,
): { rank: number; components: Float32Array } {
  const cells = window.length * window.tags;
  const nothing = { rank: 1, components: new Float32Array(cells) };
  if (kind === "z-score") return nothing;
  const options = { varianceShare: VARIANCE_SHARE, maxRank: MAX_RANK };
  const { components } = principalComponents(frames, starts, window, options);
  const rank = components.length / cells;
  return rank === 0 ? nothing : { rank, components };
}
