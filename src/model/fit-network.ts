import { setImmediate } from "node:timers/promises";
import { GatewayError } from "../errors.ts";
import { createRandom, shuffle } from "../math/random.ts";
import { initialParameters, type Layers, parameterShapes, sizeOf } from "./onnx/network.ts";
import {
  encodeEvaluator,
  encodeTrainer,
  momentName,
  parameterName,
  varianceName,
  type WindowShape,
} from "./onnx/training-graph.ts";
import { type OnnxSession, openSession, type TensorData } from "./runtime.ts";
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
  readonly layers: Layers;
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
  readonly epochs: number;
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Shape `[heldOut, tags]`: squared residuals of the held-out windows, summed over their rows, normalized units. */
  readonly heldOutSquares: Float32Array;
}

/** Arithmetic of one run at most, so that the event loop is not kept waiting for longer than some ten milliseconds. */
const MAX_RUN_FLOP = 3e8;
/** Windows evaluated in one run. */
const EVALUATION_BATCH = 512;

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
  const { layers, window, signal } = options;
  const trainer = await openSession(encodeTrainer(layers, window), "trainer");
  const evaluator = await openSession(encodeEvaluator(layers, window), "evaluator");
  const data: TensorData = { data: frames, dimensions: [frames.length / window.tags, window.tags] };
  try {
    let state = initialState(layers, options.seed);
    let best: FittedNetwork | undefined;
    for (let epoch = 1; epoch <= options.maxEpochs; epoch += 1) {
      const trained = await trainEpoch(trainer, data, state, windows.training, epoch, options);
      state = trained.state;
      const parameters = parametersOf(state, layers);
      const heldOutSquares = await evaluate(evaluator, data, state, windows.heldOut, window.tags);
      const fitted = {
        parameters,
        epochs: epoch,
        trainingLoss: trained.loss,
        validationLoss: sumOf(heldOutSquares) / (heldOutSquares.length * window.length),
        heldOutSquares,
      };
      if (!Number.isFinite(fitted.validationLoss)) throw diverged(epoch, options.learningRate);
      if (best === undefined || fitted.validationLoss < best.validationLoss) best = fitted;
      options.onProgress({
        epoch,
        maxEpochs: options.maxEpochs,
        trainingLoss: fitted.trainingLoss,
        validationLoss: fitted.validationLoss,
        bestValidationLoss: best.validationLoss,
      });
      if (epoch - best.epochs >= options.patience) break;
      signal?.throwIfAborted();
    }
    return best as FittedNetwork;
  } finally {
    await Promise.all([trainer.release(), evaluator.release()]);
  }
}

type State = Readonly<Record<string, TensorData>>;

function initialState(layers: Layers, seed: number): State {
  const state: Record<string, TensorData> = {
    step: { data: Float32Array.of(0), dimensions: [] },
  };
  const parameters = initialParameters(layers, seed);
  parameterShapes(layers).forEach((dimensions, place) => {
    state[parameterName(place)] = { data: parameters[place] as Float32Array, dimensions };
    state[momentName(place)] = { data: new Float32Array(sizeOf(dimensions)), dimensions };
    state[varianceName(place)] = { data: new Float32Array(sizeOf(dimensions)), dimensions };
  });
  return state;
}

async function trainEpoch(
  trainer: OnnxSession,
  frames: TensorData,
  before: State,
  starts: Uint32Array,
  epoch: number,
  { layers, seed, batchSize, learningRate, signal }: FitOptions,
): Promise<{ state: State; loss: number }> {
  const order = starts.slice();
  shuffle(order, createRandom(seed + epoch));
  const batch = Math.min(batchSize, order.length);
  const batches = Math.floor(order.length / batch); // the rest of an epoch comes in another one
  const flopPerBatch =
    6 * batch * parameterShapes(layers).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const batchesPerRun = Math.max(1, Math.floor(MAX_RUN_FLOP / flopPerBatch));
  let state = before;
  let loss = 0;

  for (let first = 0; first < batches; first += batchesPerRun) {
    const count = Math.min(batchesPerRun, batches - first);
    const rows = order.subarray(first * batch, (first + count) * batch);
    const results = await trainer.run({
      frames,
      starts: { data: BigInt64Array.from(rows, BigInt), dimensions: [count, batch] },
      learning_rate: { data: Float32Array.of(learningRate), dimensions: [] },
      ...state,
    });
    state = Object.fromEntries(
      Object.keys(state).map((name) => [name, results[`next_${name}`] as TensorData]),
    );
    loss += Number((results as { loss: TensorData }).loss.data[0]);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { state, loss: loss / batches };
}

async function evaluate(
  evaluator: OnnxSession,
  frames: TensorData,
  state: State,
  starts: Uint32Array,
  tags: number,
): Promise<Float32Array> {
  const sums = new Float32Array(starts.length * tags);
  const parameters = Object.fromEntries(
    Object.entries(state).filter(([name]) => name.startsWith("parameter_")),
  );
  for (let first = 0; first < starts.length; first += EVALUATION_BATCH) {
    const rows = starts.subarray(first, first + EVALUATION_BATCH);
    const { squares } = await evaluator.run({
      frames,
      starts: { data: BigInt64Array.from(rows, BigInt), dimensions: [rows.length] },
      ...parameters,
    });
    sums.set(squares?.data as Float32Array, first * tags);
    await setImmediate();
  }
  return sums;
}

function parametersOf(state: State, layers: Layers): readonly Float32Array[] {
  return parameterShapes(layers).map(
    (_, place) => state[parameterName(place)]?.data as Float32Array,
  );
}

function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
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
