import { GatewayError } from "../errors.ts";
import { type EpochRunner, openEpochRunner } from "./epoch.ts";
import { type FitState, initialState } from "./fit-state.ts";
import type { WindowShape } from "./onnx/forward-pass.ts";
import type { NetworkDesign } from "./onnx/network.ts";
import type { TrainingWindows } from "./training-windows.ts";

/** How far training has come. */
export interface TrainingProgress {
  /** Epochs done so far. */
  readonly epoch: number;
  readonly maxEpochs: number;
  /** Mean squared error per cell on the windows learnt from, normalized units. */
  readonly trainingLoss: number;
  /** The same on the windows held out. */
  readonly validationLoss: number;
  /** Lowest held-out loss so far: the epoch that is kept. */
  readonly bestValidationLoss: number;
}

export interface FitOptions {
  readonly design: NetworkDesign;
  readonly window: WindowShape;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly maxEpochs: number;
  /** Stop after this many epochs without a better held-out loss. */
  readonly patience: number;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal | undefined;
}

export interface FittedNetwork {
  readonly parameters: readonly Float32Array[];
  /** The epoch that was kept; 0 is the network as it started, plain principal components with a linear part. */
  readonly epochs: number;
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Shape `[heldOut, tags]`: squared residuals of the held-out windows, summed over their rows, normalized units. */
  readonly heldOutSquares: Float32Array;
}

/**
 * Trains the network with Adam on minibatches until the held-out loss stops falling, and keeps the best epoch.
 *
 * Deterministic for a seed. The event loop gets a turn after every run of a few batches.
 *
 * @param frames shape `[rows, tags]`, normalized
 * @throws the signal's reason when aborted; GatewayError `TRAINING_DIVERGED` when the loss is no longer finite
 */
export async function fitNetwork(
  frames: Float32Array,
  windows: TrainingWindows,
  options: FitOptions,
): Promise<FittedNetwork> {
  const { design, window } = options;
  const runner = await openEpochRunner(frames, design, window);
  try {
    let state = await untrained(runner, windows, options);
    const epochs = design.layers.length === 0 ? 0 : options.maxEpochs;
    while (state.epoch < epochs && state.epoch - state.best.epoch < options.patience) {
      state = await nextEpoch(runner, windows, state, options);
      options.signal?.throwIfAborted();
    }
    const { best } = state;
    const { squares } = await runner.evaluate(best.parameters, windows.heldOut);
    return {
      parameters: best.parameters,
      epochs: best.epoch,
      trainingLoss: best.trainingLoss,
      validationLoss: best.validationLoss,
      heldOutSquares: squares,
    };
  } finally {
    await runner.release();
  }
}

/** The network as it starts, which counts as an epoch to be kept. */
async function untrained(
  runner: EpochRunner,
  windows: TrainingWindows,
  { design, seed }: FitOptions,
): Promise<FitState> {
  const state = initialState(design, seed);
  const training = await runner.evaluate(state.parameters, windows.training);
  const heldOut = await runner.evaluate(state.parameters, windows.heldOut);
  const trainingLoss = meanOf(training.losses);
  const validationLoss = meanOf(heldOut.losses);
  return { ...state, best: { ...state.best, trainingLoss, validationLoss } };
}

async function nextEpoch(
  runner: EpochRunner,
  windows: TrainingWindows,
  before: FitState,
  options: FitOptions,
): Promise<FitState> {
  const { state, losses } = await runner.train(before, windows.training, {
    ...options,
    maxWindows: Number.POSITIVE_INFINITY,
  });
  const { epoch, parameters, lossLimit } = state;
  const trainingLoss = meanOf(losses);
  const heldOut = await runner.evaluate(parameters, windows.heldOut);
  const validationLoss = meanOf(heldOut.losses);
  if (!Number.isFinite(validationLoss)) throw diverged(epoch, options.learningRate);
  const best =
    validationLoss < state.best.validationLoss
      ? { epoch, parameters, trainingLoss, validationLoss, lossLimit }
      : state.best;
  options.onProgress({
    epoch,
    maxEpochs: options.maxEpochs,
    trainingLoss,
    validationLoss,
    bestValidationLoss: best.validationLoss,
  });
  return { ...state, best };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function diverged(epoch: number, learningRate: number): GatewayError {
  return new GatewayError(
    "TRAINING_DIVERGED",
    `the loss is no longer finite in epoch ${epoch}, learning rate ${learningRate}`,
    {
      hint: "Lower learningRate, or look for absurd values in the training trace.",
    },
  );
}
