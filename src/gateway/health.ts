import type { MicroBatcherHealth } from "../batching/micro-batcher.ts";
import type { DriftEvent } from "../core/drift-event.ts";
import type { ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import type { GatewayError } from "../errors.ts";
import type { ReadingDrop } from "../math/aligner.ts";
import type { OutboxStatus } from "../outbox/outbox.ts";
import type { SourceCounters, SourceStatus } from "../sources/source.ts";
import type { CaptureCounts } from "../truth/capture-windows.ts";
import type { LabelEffects } from "../truth/label-rules.ts";

/**
 * Why something did not come through: a reading ({@link ReadingDrop}), a window that could not be
 * scored or was given up because scoring could not keep up, an event that the outbox had to refuse.
 */
export type DropReason = ReadingDrop | "scoring-failed" | "overload" | "outbox-refused";

/** What has come through since the gateway was started. */
export interface GatewayCounters {
  /** Readings received from all sources. */
  readonly readings: number;
  readonly frames: number;
  readonly windows: number;
  /** Windows that had too little data to be judged; counted in `windows` too. */
  readonly insufficientWindows: number;
  /** Windows in which the machine was off or starting up; counted in `windows` too. */
  readonly notRunningWindows: number;
  /** Messages of anomaly events and sensor faults: opened, updated and closed. */
  readonly events: number;
  readonly drops: Readonly<Record<DropReason, number>>;
}

export interface SourceHealth extends SourceStatus {
  readonly name: string;
  /** Absent where the source does not count. */
  readonly counters?: SourceCounters;
}

/** A sensor that cannot be believed at the moment. */
export type OpenSensorFault = Pick<SensorFault, "id" | "tag" | "fault" | "startMs">;

export interface MachineHealth {
  readonly name: string;
  readonly model: ModelIdentity;
  /** The newest score, once there is one. */
  readonly lastScore?: Score;
  /** Why the last windows could not be scored; absent once some could. */
  readonly lastError?: unknown;
  /** Source tags without a known value in the newest frame: their part of the machine is not watched. */
  readonly unknownTags: readonly string[];
  /** Ids of the anomaly events that are open. */
  readonly openEvents: readonly string[];
  /** The sensor faults that are open: the score goes on without these tags. */
  readonly sensorFaults: readonly OpenSensorFault[];
  /** The machine is no longer what its model was trained on. */
  readonly drift?: DriftEvent;
  /** What labels do to its scores. */
  readonly labels: LabelEffects;
  /** Windows captured since the start; absent where none are kept. */
  readonly captures?: CaptureCounts;
}

/** What people have said since the start. */
export interface LabelsHealth {
  /** Labels that were new, whatever way they came. */
  readonly taken: number;
  /** Labels that have come and are not kept yet, because the outbox refuses them for the moment; absent when there are none. */
  readonly waiting?: number;
  /** Labels that are lost: too many waited, and their source does not give them again; absent when there are none. */
  readonly lost?: number;
  /** Why one waits, or else why the last one that could not be taken was not. */
  readonly lastError?: unknown;
}

/** One model of a gateway that was started. */
export interface ScoringHealth extends MicroBatcherHealth {
  readonly model: ModelIdentity;
  /** `worker` for a model whose batches take too long for the event loop. */
  readonly thread: "main" | "worker";
}

/** One sink of a gateway that was started. */
export interface SinkHealth {
  readonly name: string;
  /** Events stored and not yet delivered. */
  readonly pending: number;
  /** Of these, what is only in memory because the disk refuses it; absent when there is none. */
  readonly sheltered?: number;
  /** Events delivered since the start. */
  readonly delivered: number;
  /** Events that the outbox had no room for since the start; they are lost. */
  readonly refused: number;
  /** Events that the receiver refused for good, kept in the outbox. */
  readonly deadLetters: number;
  /** Why the last delivery failed; absent once one succeeded. */
  readonly lastError?: GatewayError;
}

/** A snapshot of everything an operator asks first. */
export interface GatewayHealth {
  readonly state: "idle" | "running" | "stopping" | "stopped";
  readonly sources: readonly SourceHealth[];
  readonly machines: readonly MachineHealth[];
  /** One for every model in use. */
  readonly scoring: readonly ScoringHealth[];
  readonly sinks: readonly SinkHealth[];
  /** Whether events are safe on their way to the sinks; absent without an outbox. */
  readonly outbox?: OutboxStatus;
  readonly labels: LabelsHealth;
  readonly counters: GatewayCounters;
}
