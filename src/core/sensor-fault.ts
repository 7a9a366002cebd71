import type { EventPhase } from "./anomaly-event.ts";
import type { Reading } from "./reading.ts";

/**
 * What is wrong with a sensor or its link, the surest first:
 * - `bad-quality`: the source calls the tag's readings bad.
 * - `silent`: no reading comes.
 * - `out-of-range`: the value is physically impossible: a broken wire, a short circuit, an error code taken for a value.
 * - `stuck`: a value that always moves a little repeats itself to the last bit.
 * - `rate`: the value has leapt farther than it can move, and stays there.
 * - `noise-gone`: the value still drifts, without the small noise of a live measurement.
 * - `spike`: the value leaps far away and is back after three frames at most.
 */
export type SensorFaultKind =
  | "bad-quality"
  | "silent"
  | "out-of-range"
  | "stuck"
  | "rate"
  | "noise-gone"
  | "spike";

/**
 * One message about one sensor fault: a stretch of time in which a tag's values say nothing of the machine. While it is
 * open, the score does without the tag. Both messages of a fault share its `id`; a tag has one open fault at a time.
 */
export interface SensorFault {
  readonly kind: "sensor-fault";
  /** The fault, derived from gateway, machine, tag, kind of fault and start time, so that a replay makes the same id. */
  readonly id: string;
  /** 0 for `opened`; `closed` has the next one. */
  readonly revision: number;
  readonly phase: Exclude<EventPhase, "updated">;
  readonly gateway: string;
  readonly machine: string;
  readonly tag: string;
  readonly fault: SensorFaultKind;
  /** The first frame that shows the fault, in epoch milliseconds. */
  readonly startMs: number;
  /** The newest frame that shows it. */
  readonly endMs: number;
  /** The tag's value when the fault was found, of a spike its tip; `NaN` when there was none. */
  readonly value: number;
  /**
   * What was seen, to be held against `limit`: milliseconds for `bad-quality`, `silent` and `stuck`; the value itself for
   * `out-of-range`; for the others a difference in the tag's unit: how far the value leapt, or how much noise is left (standard deviation).
   */
  readonly observed: number;
  /** What a healthy sensor keeps to. */
  readonly limit: number;
  /** The tag's raw readings around the moment this message was made, oldest first. */
  readonly readings: readonly Reading[];
}
