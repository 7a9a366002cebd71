import { GatewayError } from "../errors.ts";
import { type Checkpoint, fingerprint } from "./checkpoint.ts";
import { type EpochRunner, openEpochRunner } from "./epoch.ts";
import { type FitState, initialState } from "./fit-state.ts";
import { sampleStarts } from "./learn/window-runs.ts";
import { lossLimitAfter } from "./loss-limit.ts";
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
  /** Step size of Adam in the first epoch; from there it falls to nothing at `maxEpochs`, along a cosine. */
  readonly learningRate: number;
  readonly maxEpochs: number;
  /** Stop after this many epochs without a better held-out loss. */
  readonly patience: number;
  /**
   * Windows of one epoch at most, drawn anew for each, so that an epoch takes no longer on a long trace.
   * @defaultValue 15000
   */
  readonly maxWindowsPerEpoch?: number;
  /**
   * Share of the windows, 0 to 0.5, that may be left out because they are far stranger than the others: a trace that
   * should be normal seldom is to the last row.
   * @defaultValue 0
   */
  readonly maxLeftOutShare?: number;
  /** What to go on from, and where to keep what was reached. */
  readonly checkpoint?: Checkpoint | undefined;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal | undefined;
}

export interface FittedNetwork {
  readonly parameters: readonly Float32Array[];
  /** The epoch that was kept; 0 is the network as it started, plain principal components with a linear part. */
  readonly epochs: number;
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Share of the windows that nothing was learnt from in that epoch, because they were far stranger than the others. */
  readonly leftOutShare: number;
}

/** Held-out windows that are looked at after every epoch, at most, as a share of the windows of an epoch. */
const CHECKED_SHARE = 0.125;
const DEFAULTS = { maxWindowsPerEpoch: 15_000, maxLeftOutShare: 0 } as const;

/**
 * Trains the network with Adam on minibatches until the held-out loss stops falling, and keeps the best epoch.
 *
 * Deterministic for a seed, also when it was interrupted and went on from a checkpoint. The event loop gets a turn
 * after every run of a few batches.
 *
 * @param frames shape `[rows, tags]`, normalized
 * @throws the signal's reason when aborted; GatewayError `TRAINING_DIVERGED` when the loss is no longer finite
 */
export async function fitNetwork(
  frames: Float32Array,
  windows: TrainingWindows,
  options: FitOptions,
): Promise<FittedNetwork> {
  const { design, window, checkpoint, signal } = options;
  const runner = await openEpochRunner(frames, design, window, signal);
  try {
    const fit = checkpoint === undefined ? "" : fitOf(frames, windows, options);
    let state = (await checkpoint?.load(fit)) ?? (await untrained(runner, windows, options));
    const epochs = design.layers.length === 0 ? 0 : options.maxEpochs;
    while (state.epoch < epochs && state.epoch - state.best.epoch < options.patience) {
      state = await nextEpoch(runner, windows, state, options);
      await checkpoint?.save(fit, state);
      signal?.throwIfAborted();
    }
    const { epoch, ...best } = state.best;
    return { ...best, epochs: epoch };
  } finally {
    await runner.release();
  }
}

/** What tells this network from all others. */
function fitOf(frames: Float32Array, windows: TrainingWindows, options: FitOptions): string {
  const { onProgress: _, signal: __, checkpoint: ___, ...settings } = options; // what changes nothing
  return Buffer.from(fingerprint({ frames, windows, settings })).toString("hex");
}

/** The network as it starts, which counts as an epoch to be kept. */
async function untrained(
  runner: EpochRunner,
  windows: TrainingWindows,
  options: FitOptions,
): Promise<FitState> {
  const state = initialState(options.design, options.seed);
  const trainingLoss = await validate(runner, windows.training, state.parameters, options);
  const validationLoss = await validate(runner, windows.heldOut, state.parameters, options);
  return { ...state, best: { ...state.best, trainingLoss, validationLoss } };
}

async function nextEpoch(
  runner: EpochRunner,
  windows: TrainingWindows,
  before: FitState,
  options: FitOptions,
): Promise<FitState> {
  const { maxLeftOutShare, maxWindowsPerEpoch: maxWindows } = limitsOf(options);
  const learningRate = learningRateOf(before.epoch, options);
  const settings = { ...options, learningRate, maxWindows };
  const trained = await runner.train(before, windows.training, settings);
  const { epoch, parameters } = trained.state;
  const counted = trained.losses.filter((loss) => loss <= before.lossLimit);
  const trainingLoss = meanOf(counted);
  const leftOutShare = 1 - counted.length / trained.losses.length;
  const validationLoss = await validate(runner, windows.heldOut, parameters, options);
  if (!Number.isFinite(validationLoss)) throw diverged(epoch, learningRate);

  const lossLimit = lossLimitAfter(epoch, trained.losses, maxLeftOutShare);
  const isBetter = validationLoss < before.best.validationLoss;
  const best = isBetter
    ? { epoch, parameters, trainingLoss, validationLoss, leftOutShare }
    : before.best;
  options.onProgress({
    epoch,
    maxEpochs: options.maxEpochs,
    trainingLoss,
    validationLoss,
    bestValidationLoss: best.validationLoss,
  });
  return { ...trained.state, lossLimit, best };
}

/** Large steps first, small ones last: the loss of three times as many even steps. */
function learningRateOf(epochsDone: number, { learningRate, maxEpochs }: FitOptions): number {
  return (learningRate / 2) * (1 + Math.cos((Math.PI * epochsDone) / maxEpochs));
}

/** Loss on a choice of windows. The strangest do not count when such may be left out: they would decide it alone. */
async function validate(
  runner: EpochRunner,
  starts: Uint32Array,
  parameters: readonly Float32Array[],
  options: FitOptions,
): Promise<number> {
  const { maxLeftOutShare, maxWindowsPerEpoch } = limitsOf(options);
  const sample = sampleStarts(starts, maxWindowsPerEpoch * CHECKED_SHARE);
  const losses = (await runner.evaluate(parameters, sample)).sort();
  return meanOf(losses.subarray(0, Math.ceil(losses.length * (1 - maxLeftOutShare))));
}

function limitsOf(options: FitOptions): Required<Pick<FitOptions, keyof typeof DEFAULTS>> {
  const { maxWindowsPerEpoch, maxLeftOutShare } = { ...DEFAULTS, ...options };
  return { maxWindowsPerEpoch, maxLeftOutShare };
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
