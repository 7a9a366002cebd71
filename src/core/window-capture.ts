import type { ModelIdentity } from "./model-card.ts";
import type { Contribution } from "./score.ts";

/**
 * Why a window was kept:
 * - `event`: an anomaly event was opened, got worse or peaked here.
 * - `near-threshold`: its score lies close to the threshold, on either side.
 * - `novel`: nothing like it was seen since the gateway started.
 * - `random`: drawn by lot from all others that were judged.
 */
export type CaptureReason = "event" | "near-threshold" | "novel" | "random";

/** An array of numbers as a model takes or gives it. */
export interface CaptureTensor {
  readonly name: string;
  readonly dataType: "FLOAT32";
  readonly shape: readonly number[];
  /** Row-major, little-endian, in base64; `NaN` where nothing was known. */
  readonly data: string;
}

/**
 * One window as the model saw it, with what it answered: what a person needs to say whether it was right, and what the next
 * model is trained and judged on. Its parts are those of a capture of Amazon SageMaker Edge Manager (capture id, inputs,
 * outputs, auxiliary data).
 */
export interface WindowCapture {
  readonly kind: "capture";
  /** The capture, derived from gateway, machine, model and `endMs`, so that a replay makes the same id. */
  readonly id: string;
  readonly revision: 0;
  readonly gateway: string;
  readonly machine: string;
  readonly model: ModelIdentity;
  readonly reason: CaptureReason;
  /** The anomaly event that it belongs to; with `reason` `event` only. */
  readonly eventId?: string;
  /**
   * The chance that this window had to be kept, above 0, at most 1: its inverse weighs it where all windows that were judged are
   * spoken of (Horvitz and Thompson, 1952). 1 for `event`.
   */
  readonly inclusionProbability: number;
  /** Time of the window's last frame, in epoch milliseconds. */
  readonly endMs: number;
  /** Distance of two frames. */
  readonly periodMs: number;
  /** Columns of the tensors, by the source's names. */
  readonly tags: readonly string[];
  /** `window`, shape `[length, tags]`, in the tags' units. */
  readonly inputs: readonly CaptureTensor[];
  /** `reconstruction`, as `inputs`, in normalized units; none where the model answers with a score. */
  readonly outputs: readonly CaptureTensor[];
  /** `normalized`: the window as the network took it. */
  readonly auxiliary: readonly CaptureTensor[];
  readonly score: number;
  readonly threshold: number;
  readonly coverage: number;
  /** The label that held this window back: it is above the threshold and opened no event. Absent where none did. */
  readonly mutedBy?: string;
  /** One per tag, in their order. */
  readonly contributions: readonly Contribution[];
}
