import type { Observable } from "rxjs";
import type { Frame } from "../core/frame.ts";
import type { Normalizer } from "../core/model-card.ts";
import type { Tag } from "../core/tag.ts";
import type { Source } from "../sources/source.ts";
import type { TrainingProgress } from "./fit-network.ts";
import type { ModelKind } from "./learn/fit-autoencoder.ts";
import type { ReadFramesOptions } from "./training-frames.ts";

/** A source, recorded or live (then with `watchMs`), or frames that are aligned already. */
export type TrainingData = Source | Observable<Frame> | Iterable<Frame>;

/** A stretch of time, in epoch milliseconds; both ends belong to it. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

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
   * What to learn: a network on principal components, these alone, or, to compare with, how far each tag is from its center.
   * @defaultValue `"autoencoder"`
   */
  readonly kind?: ModelKind;
  /**
   * Frames per window.
   * @defaultValue 16, fewer for a recording of less than 192 frames
   */
  readonly windowLength?: number;
  /**
   * Frames between the ends of two windows when the model is used; training uses every window.
   * @defaultValue 1
   */
  readonly stride?: number;
  /** @defaultValue `"auto"`: each tag as its values in the recording suggest */
  readonly normalizer?: Normalizer["kind"];
  /**
   * Normalized values are held within plus and minus this.
   * @defaultValue 1000
   */
  readonly clip?: number;
  /**
   * When the machine runs, as a condition on tags such as `speed > 100`; `false` for one that always does. What it does otherwise is
   * not learnt, and not judged later.
   * @defaultValue found from the recording
   */
  readonly running?: string | false;
  /**
   * Time constant with which the normal level of each tag is followed; a slower drift raises nothing.
   * @defaultValue four times the length of the recording
   */
  readonly driftMs?: number;
  /**
   * Time constant of the moving average over the scores.
   * @defaultValue ten frames
   */
  readonly smoothingMs?: number;
  /**
   * How often normal operation may raise an alarm.
   * @defaultValue one in seven days
   */
  readonly falseAlarmsPerDay?: number;
  /**
   * Share of the recording, 0 to 0.5, that may be left out because it is far stranger than the rest.
   * @defaultValue 0.05
   */
  readonly maxLeftOutShare?: number;
  /**
   * Stretches that looked strange and that people have called harmless. They are learnt like all others, but what a normal score is is measured without them: there are as
   * many of them as there were alarms. The threshold lies above their scores.
   * @defaultValue none
   */
  readonly harmless?: readonly TimeSpan[];
  /**
   * Sizes of the hidden layers of the network on what the principal components leave over.
   * @defaultValue chosen from the size of a window: half of it (8 to 128), a sixteenth (2 to 16), half
   */
  readonly hiddenLayers?: readonly number[];
  /** @defaultValue 128 */
  readonly batchSize?: number;
  /**
   * Step size of Adam.
   * @defaultValue 0.003
   */
  readonly learningRate?: number;
  /** @defaultValue 40 */
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
  /**
   * A file in which training keeps what it has reached. The same training started again goes on from there; it is removed when
   * training is done.
   * @defaultValue what was reached is lost with the process
   */
  readonly checkpointPath?: string;
  /** Told after every epoch. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops reading and training; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

type DefaultedOption =
  | "version"
  | "kind"
  | "falseAlarmsPerDay"
  | "maxLeftOutShare"
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
  kind: "autoencoder",
  falseAlarmsPerDay: 1 / 7,
  maxLeftOutShare: 0.05,
  stride: 1,
  normalizer: "auto",
  clip: 1000,
  batchSize: 128,
  learningRate: 3e-3,
  maxEpochs: 40,
  patience: 10,
  seed: 1,
};

/** The options with their defaults. */
export type TrainingSettings = TrainModelOptions & typeof TRAINING_DEFAULTS;
