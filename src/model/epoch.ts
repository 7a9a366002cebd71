import { setImmediate } from "node:timers/promises";
import { createRandom, shuffle } from "../math/random.ts";
import { type FitState, nextFeeds, parameterFeeds, stateOf, trainerFeeds } from "./fit-state.ts";
import type { WindowShape } from "./onnx/forward-pass.ts";
import { type NetworkDesign, parameterShapes, sizeOf } from "./onnx/network.ts";
import { encodeEvaluator, encodeTrainer } from "./onnx/training-graph.ts";
import { openSession, type TensorData } from "./runtime.ts";

/** Arithmetic of one run at most, so that the event loop is not kept waiting for longer than some ten milliseconds. */
const MAX_RUN_FLOP = 3e8;

export interface EpochRunner {
  /** Goes through the windows once, in an order of the seed and the epoch's number. */
  train(
    before: FitState,
    starts: Uint32Array,
    settings: EpochSettings,
  ): Promise<{ readonly state: FitState; readonly losses: Float32Array }>;
  /** Loss of every window. */
  evaluate(parameters: readonly Float32Array[], starts: Uint32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface EpochSettings {
  readonly seed: number;
  readonly batchSize: number;
  /** Step size of Adam. */
  readonly learningRate: number;
  /** Windows of an epoch at most; the others come in another one. */
  readonly maxWindows: number;
}

/**
 * Loads the graphs that train and evaluate. The event loop gets a turn after every run of a few batches; that is
 * when the signal is heeded, too.
 */
export async function openEpochRunner(
  frames: Float32Array,
  design: NetworkDesign,
  window: WindowShape,
  signal: AbortSignal | undefined,
): Promise<EpochRunner> {
  const isTrained = design.layers.length > 0;
  const trainer = isTrained && (await openSession(encodeTrainer(design, window), "trainer"));
  const evaluator = await openSession(encodeEvaluator(design, window), "evaluator");
  const rows: TensorData = { data: frames, dimensions: [frames.length / window.tags, window.tags] };

  return {
    async train(before, starts, { seed, batchSize, learningRate, maxWindows }) {
      if (!trainer) return { state: before, losses: new Float32Array() };
      const order = starts.slice();
      shuffle(order, createRandom(seed + before.epoch + 1));
      const batch = Math.min(batchSize, order.length);
      const batches = Math.floor(Math.min(order.length, Math.max(maxWindows, batch)) / batch);
      const perRun = Math.max(1, Math.floor(MAX_RUN_FLOP / (3 * batch * flopPerWindow(design))));
      const losses = new Float32Array(batches * batch);
      let feeds = trainerFeeds(before, design);
      for (let first = 0; first < batches; first += perRun) {
        const count = Math.min(perRun, batches - first);
        const results = await trainer.run({
          frames: rows,
          starts: integers(order.subarray(first * batch, (first + count) * batch), [count, batch]),
          learning_rate: scalar(learningRate),
          loss_limit: scalar(before.lossLimit),
          ...feeds,
        });
        feeds = nextFeeds(feeds, results);
        losses.set(results["losses"]?.data as Float32Array, first * batch);
        await setImmediate();
        signal?.throwIfAborted();
      }
      return { state: { ...stateOf(feeds, before), epoch: before.epoch + 1 }, losses };
    },

    async evaluate(parameters, starts) {
      const perRun = Math.max(1, Math.floor(MAX_RUN_FLOP / flopPerWindow(design)));
      const losses = new Float32Array(starts.length);
      for (let first = 0; first < starts.length; first += perRun) {
        const part = starts.subarray(first, first + perRun);
        const results = await evaluator.run({
          frames: rows,
          starts: integers(part, [part.length]),
          ...parameterFeeds(parameters, design),
        });
        losses.set(results["losses"]?.data as Float32Array, first);
        await setImmediate();
        signal?.throwIfAborted();
      }
      return losses;
    },

    async release() {
      await evaluator.release();
      if (trainer) await trainer.release();
    },
  };
}

/** Arithmetic of a forward pass; a step of training is three of them. */
function flopPerWindow({ layers, linear }: NetworkDesign): number {
  const weights = parameterShapes(layers).reduce((total, shape) => total + sizeOf(shape), 0);
  return 2 * (weights + 2 * (linear?.components.length ?? 0));
}

function integers(values: Uint32Array, dimensions: readonly number[]): TensorData {
  return { data: BigInt64Array.from(values, BigInt), dimensions };
}

function scalar(value: number): TensorData {
  return { data: Float32Array.of(value), dimensions: [] };
}
