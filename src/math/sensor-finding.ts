import type { Frame } from "../core/frame.ts";
import type { SensorFaultKind } from "../core/sensor-fault.ts";

/** What a frame shows of one sensor. */
export interface SensorFinding {
  /** What is wrong, if anything. */
  readonly kind: SensorFaultKind | undefined;
  /** Whether it has gone on for long enough to be told. */
  readonly isFault: boolean;
  /** Whether the frame's cell is not to be believed. */
  readonly masks: boolean;
  /** The first frame that shows it, and the newest. */
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
  readonly observed: number;
  readonly limit: number;
}

/** A finding while it is made; one object for all, so that no frame allocates. */
export interface Finding extends SensorFinding {
  kind: SensorFaultKind | undefined;
  isFault: boolean;
  masks: boolean;
  startMs: number;
  endMs: number;
  value: number;
  observed: number;
  limit: number;
  /** Finds nothing so far. */
  clear(value: number): void;
  /** Finds something that has been so for `frames` frames up to this one, of which `limit` are allowed. */
  report(kind: SensorFaultKind, frames: number, limit: number, frame: Frame): void;
}

export function createSensorFinding(): Finding {
  const finding: Finding = {
    kind: undefined,
    isFault: false,
    masks: false,
    startMs: 0,
    endMs: 0,
    value: 0,
    observed: 0,
    limit: 0,
    clear(value) {
      finding.kind = undefined;
      finding.isFault = false;
      finding.masks = false;
      finding.value = value;
    },
    report(kind, frames, limit, { timeMs, periodMs }) {
      finding.kind = kind;
      finding.isFault = frames > limit;
      finding.masks = true;
      finding.startMs = timeMs - (frames - 1) * periodMs;
      finding.endMs = timeMs;
      finding.observed = frames * periodMs;
      finding.limit = limit * periodMs;
    },
  };
  return finding;
}
