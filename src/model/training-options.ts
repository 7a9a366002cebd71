import type { Normalizer } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import type { TrainingProgress } from "./fit-network.ts";
import type { ReadFramesOptions } from "./training-frames.ts";

export interface TrainModelOptions extends ReadFramesOptions {
  /** For people, and part of every event's identity, e.g. `pump-1`. */
  readonly name: string;
  /** @defaultValue `"1"` */
  readonly version?: string;
  /**
   * With a source: which of its tags to learn, and in what order. With frames: the tags in the order of their cells.
   * @defaultValue the source's own tags; required with frames
   */
  readonly tags?: readonly Tag[];
  /**
   * Frames per window.
   * @defaultValue 32
   */
  readonly windowLength?: number;
  /**
   * Frames between the ends of two windows when the model is used; training uses every window.
   * @defaultValue 1
   */
  readonly stride?: number;
  /** @defaultValue `"standard"` */
  readonly normalizer?: Normalizer["kind"];
  /**
   * Normalized values are held within plus and minus this.
   * @defaultValue 10
   */
  readonly clip?: number;
  /**
   * Sizes of the hidden layers.
   * @defaultValue chosen from the size of a window: half of it (8 to 128), a sixteenth (2 to 16), half
   */
  readonly hiddenLayers?: readonly number[];
  /** @defaultValue 64 */
  readonly batchSize?: number;
  /**
   * Step size of Adam.
   * @defaultValue 0.001
   */
  readonly learningRate?: number;
  /** @defaultValue 200 */
  readonly maxEpochs?: number;
  /**
   * Stop after this many epochs without a better held-out loss.
   * @defaultValue 10
   */
  readonly patience?: number;
  /**
   * The same seed and the same data give the same file, byte for byte.
   * @defaultValue 1
   */
  readonly seed?: number;
  /** Told after every epoch. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops reading and training; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

type DefaultedOption =
  | "version"
  | "windowLength"
  | "stride"
  | "normalizer"
  | "clip"
  | "batchSize"
  | "learningRate"
  | "maxEpochs"
  | "patience"
  | "seed";

export const TRAINING_DEFAULTS: Required<Pick<TrainModelOptions, DefaultedOption>> = {
  version: "1",
  windowLength: 32,
  stride: 1,
  normalizer: "standard",
  clip: 10,
  batchSize: 64,
  learningRate: 1e-3,
  maxEpochs: 200,
  patience: 10,
  seed: 1,
};

/** The options with their defaults. */
export type TrainingSettings = TrainModelOptions & typeof TRAINING_DEFAULTS;
