import type { Tag } from "../../core/tag.ts";
import type { ReadFramesOptions } from "../training-frames.ts";
import { TRAINING_DEFAULTS, type TrainingData } from "../training-options.ts";
import type { Scaler } from "./rescaling.ts";

export interface PackModelOptions extends ReadFramesOptions {
  /** For people, and part of every event's identity, e.g. `pump-1`. */
  readonly name: string;
  /** @defaultValue `"1"` */
  readonly version?: string;
  /**
   * Normal operation to calibrate on, best of a time that the model was not trained on: what it was trained on it knows too well, and
   * the threshold would be too low.
   */
  readonly normal: TrainingData;
  /**
   * With a source: which of its tags the model takes, and in what order. With frames: the tags in the order of their cells.
   * @defaultValue the source's own tags; required with frames
   */
  readonly tags?: readonly Tag[];
  /**
   * Frames per window.
   * @defaultValue what the graph says; required where the graph leaves it open
   */
  readonly windowLength?: number;
  /**
   * Frames between the ends of two windows when the model is used.
   * @defaultValue 1
   */
  readonly stride?: number;
  /**
   * How values are to be scaled for the graph: by mean and standard deviation, or by median and interquartile range, of `normal`; with
   * the figures that the model was trained with; or `none` for a graph that takes the values in the unit of each tag.
   * @defaultValue `"standard"`
   */
  readonly normalizer?: "standard" | "robust" | "none" | Scaler;
  /**
   * How often normal operation may raise an alarm.
   * @defaultValue one in seven days
   */
  readonly falseAlarmsPerDay?: number;
  /**
   * When the machine runs, as a condition on tags such as `speed > 100`; `false` for one that always does. The model is not calibrated on
   * what it does otherwise, and does not judge it.
   * @defaultValue found from `normal`
   */
  readonly running?: string | false;
  /**
   * Which of several outputs is the answer.
   * @defaultValue the only one
   */
  readonly output?: string;
  /**
   * Larger files are refused.
   * @defaultValue 67_108_864, which is 64 MiB
   */
  readonly maxBytes?: number;
  /** Stops reading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

type DefaultedOption = "version" | "stride" | "normalizer" | "falseAlarmsPerDay" | "maxBytes";

export const PACK_DEFAULTS: Required<Pick<PackModelOptions, DefaultedOption>> = {
  version: "1",
  stride: 1,
  normalizer: "standard",
  falseAlarmsPerDay: TRAINING_DEFAULTS.falseAlarmsPerDay,
  maxBytes: 64 * 1024 * 1024,
};

/** The options with their defaults. */
export type PackSettings = PackModelOptions & typeof PACK_DEFAULTS;
