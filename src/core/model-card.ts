import type { Tag } from "./tag.ts";

/** Moves each tag to about zero mean and unit spread: `clip((x - center) / scale)`. */
export interface Normalizer {
  /**
   * `standard`: mean and standard deviation. `robust`: median and interquartile range / 1.349. `auto`: each tag as suits
   * it, see {@link ModelCard.choices}.
   */
  readonly kind: "standard" | "robust" | "auto";
  /** Shape `[tags]`, in the tag's unit. */
  readonly center: readonly number[];
  /** Shape `[tags]`, in the tag's unit; always above zero. */
  readonly scale: readonly number[];
  /** Normalized values are held within `-clip` and `clip`. */
  readonly clip: number;
  /** Shape `[tags]`: whether `x` is the change since the frame before, as for a counter. Absent where it never is. */
  readonly differenced?: readonly boolean[];
}

/** How the normal levels of tags are followed while a model is used. */
export interface DriftRule {
  /** Time constant: a level that wanders more slowly is followed. */
  readonly timeMs: number;
  /** A value farther from its level than so many spreads moves it no more than one so far. */
  readonly limit: number;
  /** Shape `[tags]`: where the levels were at the end of training, above or below the normalizer's center, in the tag's unit. */
  readonly offset: readonly number[];
}

/** One thing that training has chosen. */
export interface TrainingChoice {
  /** What was chosen, e.g. `windowLength`, or `normalizer of flow`. */
  readonly setting: string;
  readonly value: string;
  /** Why: what was seen in the recording, or that it was asked for. */
  readonly reason: string;
}

/** How a reconstruction error becomes a comparable score; measured on held-out normal windows. */
export interface Calibration {
  /** Shape `[tags]`: root mean square residual of each tag, normalized units; weighs quiet and noisy tags alike. */
  readonly residualScale: readonly number[];
  /**
   * Shape `[tags, tags]`, row-major: the symmetric square root of the inverse covariance of the held-out residuals, shrunk. Turns the residuals of a
   * row into unrelated ones of unit size, so that a tag that usually errs together with others is not counted twice. Absent where tags are weighed one by
   * one, by `residualScale`.
   */
  readonly whitening?: readonly number[];
  /**
   * Shape `[tags, tags]`, row-major: the inverse covariance of held-out normal frames, normalized, shrunk. Measures where a frame is, beside how well it is
   * reconstructed. Absent, with `levelVariance`, where only residuals count.
   */
  readonly precision?: readonly number[];
  /**
   * Shape `[tags]`: variance, normalized units, that is added to a tag's when the distance of a frame is measured: levels that wandered so slowly that the recording
   * could not show how far they go need room.
   */
  readonly levelVariance?: readonly number[];
  /** Mean of the logarithm of the weighted error. */
  readonly logMean: number;
  /** Standard deviation of the logarithm of the weighted error; above zero. */
  readonly logDeviation: number;
  /** Held-out windows behind these figures. */
  readonly windows: number;
  /**
   * Shape `[tags]`: by how much the score of a held-out window rose, in all but a few cases, when nothing was known of the tag. The threshold of a window
   * is that much higher, so that a hole is no anomaly. Absent in cards that were made without.
   */
  readonly missingRise?: readonly number[];
}

/** What a tag's sensor did in the training data; a sensor that does otherwise is broken. In frames, and in the tag's unit. */
export interface SensorProfile {
  /** Lowest and highest value. */
  readonly low: number;
  readonly high: number;
  /** Share of frames whose value was another than that of the frame before, 0 to 1. */
  readonly changeShare: number;
  /** The most values in a row that were exactly the one before. */
  readonly longestUnchanged: number;
  /** Largest change from one frame to the next. */
  readonly largestStep: number;
  /** Standard deviation of the noise where it was lowest; 0 when it comes and goes with what the machine does. */
  readonly steadyNoise: number;
  /** The most frames in a row without a measured value. */
  readonly longestMissing: number;
}

/** When scores become an event, in the terms of ISA-18.2. */
export interface EventRule {
  /** The score must stay anomalous this long before an event opens. */
  readonly onDelayMs: number;
  /** The score must stay back below `threshold - deadband` this long before the event closes. */
  readonly offDelayMs: number;
  /** Distance below the threshold that still counts as anomalous once an event is open. */
  readonly deadband: number;
}

/** When the machine runs; windows outside get the verdict `not-running`. */
export interface RunningRule {
  /** A condition on the model's tags, e.g. `speed > 100`; see the guide on operating states. */
  readonly expression: string;
  /** How long after a start the machine takes to be as usual, in milliseconds; it counts as not running until then. */
  readonly settleMs: number;
}

/** A recorded input and the output that this model gave for it when it was made. */
export interface GoldenPair {
  /** Shape `[length, tags]`, normalized: float32, little-endian, in base64. */
  readonly input: string;
  /** As `input`. */
  readonly output: string;
}

/** Where a model comes from. */
export interface Provenance {
  /** Library and version that made the file. */
  readonly producer: string;
  /** Time range of the frames it was trained on, in epoch milliseconds. */
  readonly trainedFromMs: number;
  readonly trainedToMs: number;
  readonly frames: number;
  readonly trainingWindows: number;
  /** As the next ones: absent in a model that was trained elsewhere. */
  readonly seed?: number;
  readonly epochs?: number;
  readonly layers?: readonly number[];
  readonly trainingLoss?: number;
  readonly validationLoss?: number;
  /** The file of another library that this model was packed from; absent in a model that was trained here. */
  readonly packedFrom?: PackedFrom;
  /** The model that this one was made of by `optimizeModel`; absent in a model as it was trained or packed. */
  readonly optimizedFrom?: OptimizedFrom;
}

/** A model before it was made smaller or faster, and what was done to it. */
export interface OptimizedFrom extends ModelIdentity {
  readonly steps: readonly OptimizationStep[];
  /** Version of ONNX Runtime, system and processor that it was optimized with, e.g. `onnxruntime 1.30.0, linux x64`. */
  readonly machine: string;
}

/** `int8`: large matrices in 8 bits. `ort`: the graph as ONNX Runtime had prepared it, in its own format. */
export type OptimizationStep = "int8" | "ort";

/** A model file that was made elsewhere. */
export interface PackedFrom {
  /** Library and version, as the file says, e.g. `pytorch 1.13.0`. */
  readonly producer: string;
  /** SHA-256 of that file, in hexadecimal. */
  readonly sha256: string;
}

/** Everything needed to run a model; stored inside the `.onnx` file. */
export interface ModelCard {
  /** Version of this card's own layout. */
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  /** In the order of the model's columns. */
  readonly tags: readonly Tag[];
  /** Distance of two frames. */
  readonly periodMs: number;
  /** Frames per window. */
  readonly windowLength: number;
  /** Frames between the ends of two windows. */
  readonly stride: number;
  /**
   * What the graph answers to a window: its reconstruction, or a score of its own, higher for a stranger window.
   * @defaultValue `"reconstruction"`
   */
  readonly output?: "reconstruction" | "score";
  readonly normalizer: Normalizer;
  readonly calibration: Calibration;
  /**
   * How levels that wander are followed. Absent in models that take every level of training for the normal one for ever.
   */
  readonly drift?: DriftRule;
  /** Time constant of the moving average over the scores of one machine. Absent where each window counts by itself. */
  readonly smoothingMs?: number;
  /** Scores from here on are anomalous. */
  readonly threshold: number;
  /** Scores from here on are worth a look; below `threshold`. Raises nothing. */
  readonly warningThreshold?: number;
  /** Windows with a lower coverage get the verdict `insufficient-data`. */
  readonly minCoverage: number;
  readonly eventRule: EventRule;
  /** Shape `[tags]`: what is normal for each sensor. Absent in cards that were made without. */
  readonly sensors?: readonly SensorProfile[];
  /** Absent for a machine that always runs, and in cards that were made without. */
  readonly running?: RunningRule;
  /** Replayed at every load, so that another runtime or processor cannot quietly give other scores. */
  readonly golden: readonly GoldenPair[];
  /**
   * How far a golden output may be off on another machine, in normalized units. Larger where rounding to 8 bits may fall the other way.
   * @defaultValue 0.001
   */
  readonly goldenTolerance?: number;
  readonly provenance: Provenance;
  /** What was chosen by itself or told, each with its reason. Absent in cards that were made without. */
  readonly choices?: readonly TrainingChoice[];
}

/** Which model made a score, to the byte. */
export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the whole model file, in hexadecimal, as `sha256sum` prints it. */
  readonly sha256: string;
}
