import type { QuantizedMatrices } from "./quantize-graph.ts";

export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

/** What an optimization has gained, and what it has changed. */
export interface OptimizeReport {
  /** Size of the model file. */
  readonly bytes: BeforeAfter;
  /** What became of the matrices; absent without `int8`. */
  readonly matrices?: QuantizedMatrices;
  readonly latency: Latency;
  /** How far the graph's answers to the golden windows of the card have moved. */
  readonly answers: AnswerChange;
  /** The threshold stays as it was: a calibration trace may hold anything, and must not teach the model. */
  readonly threshold: number;
  /** Absent without a calibration trace: nothing is known of scores and alarms then. */
  readonly calibration?: CalibrationChange;
}

/** Medians of rounds in which both models took turns, in milliseconds. */
export interface Latency {
  readonly rounds: number;
  /** From the bytes to a model that can score. */
  readonly loadMs: BeforeAfter;
  /** One run with a single window. */
  readonly oneMs: BeforeAfter;
  /** One run with 256 windows. */
  readonly batch256Ms: BeforeAfter;
}

export interface AnswerChange {
  readonly windows: number;
  /** Largest difference, normalized units. */
  readonly maxDifference: number;
  /** Root mean square of the difference, by that of the answers. */
  readonly relative: number;
}

/** The same windows, scored by both models. */
export interface CalibrationChange {
  readonly windows: number;
  /** Of those that both could score; `NaN` when there is none. */
  readonly scores: {
    readonly maxDifference: number;
    /** Mean of `after - before`: above zero where the new model finds everything a little stranger. */
    readonly meanDifference: number;
    readonly correlation: number;
  };
  readonly alarms: BeforeAfter & {
    /** Share of the windows whose verdict is another. */
    readonly changedShare: number;
  };
}
