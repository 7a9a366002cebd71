import type { Observable } from "rxjs";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { IncomingLabel, Label, LabelInput } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import type { Scorer } from "../model/scorer.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Sink } from "../sinks/sink.ts";
import type { Source } from "../sources/source.ts";
import type { GatewayHealth } from "./health.ts";
import type { MachineOptions } from "./machine.ts";
import type { CaptureBudget } from "./machine-truth.ts";
import type { ScoringOptions } from "./scoring.ts";

export interface GatewayOptions {
  /** Part of every event's id: choose it once, e.g. `plant-7/line-3`. */
  readonly name: string;
  /** Where readings come from; tag names must be unique across all of them. */
  readonly sources: readonly Source[];
  readonly machines: readonly MachineOptions[];
  /**
   * How windows of machines that share a model are scored together, and what gives way when they come too fast.
   * @defaultValue up to 256 windows or 5 ms; strides widen
   */
  readonly scoring?: ScoringOptions;
  /**
   * Keeps windows in the outbox, for people to label and for the next model: those of events, and a budget of others. Sinks that take captures get them, too.
   * @defaultValue none are kept
   */
  readonly captures?: CaptureBudget;
  /**
   * Where labels come from, e.g. `httpLabels(...)`, `mqttLabels(...)`, beside {@link Gateway.label} and the command line. Needs an outbox. A label that it
   * refuses for the moment waits, and those behind it.
   * @defaultValue none
   */
  readonly labels?: readonly Observable<IncomingLabel>[];
  /**
   * Where events go. Each is put behind the outbox, so that a sink that is slow or away never slows the sources.
   * @defaultValue none
   */
  readonly sinks?: readonly Sink[];
  /**
   * Keeps events until they are delivered, unclosed events over a restart, captured windows and labels. The caller opens and closes it.
   * @defaultValue none; sinks, captures and labels need one
   */
  readonly outbox?: Outbox;
  /**
   * Stop on SIGINT and SIGTERM. A second signal ends the process at once.
   * @defaultValue true
   */
  readonly handleSignals?: boolean;
}

/** A score and the machine it belongs to. */
export interface MachineScore extends Score {
  readonly machine: string;
}

/** The running composition of sources, machines, outbox and sinks. */
export interface Gateway {
  readonly name: string;
  /** Every event as it is handed to the outbox: anomalies, sensor faults and drifts. Hot; completes when the gateway stops. */
  readonly events: Observable<GatewayEvent>;
  /** Every score; those below the warning threshold have no contributions. Hot; completes when the gateway stops. */
  readonly scores: Observable<MachineScore>;
  /**
   * Goes on with unclosed events, subscribes to the sources, and resolves; a source that cannot be reached does not keep it from starting.
   *
   * @throws GatewayError `CONFIG_INVALID` when no source delivers a tag that a machine's model needs, or two deliver the same
   */
  start(): Promise<void>;
  /**
   * Disconnects the sources, stores the events of what was received and can be scored in a second, and lets go of the
   * sinks, all within 2 seconds; undelivered events stay in the outbox. May be called any number of times.
   */
  stop(): Promise<void>;
  /**
   * Resolves once the gateway has stopped, or every source has ended and its last event is stored; rejects with the
   * error of a source that failed for good, once all others have ended.
   */
  readonly done: Promise<void>;
  /**
   * Says of an event or a captured window what it really was; resolves once that is on the disk, and acts. The same again changes nothing.
   *
   * @param target id of the anomaly event or the capture, or a prefix of it that fits only one
   * @throws GatewayError `LABEL_INVALID` for what is no label, and for a target that is not known; `CONFIG_INVALID` for a gateway without an outbox or
   * that does not run; what the outbox throws
   */
  label(target: string, label: Omit<LabelInput, "target">): Promise<Label>;
  /**
   * Goes on with another model at one machine, or at several that share one, while everything runs; resolves once the new model has judged its first window.
   *
   * No reading is lost and no window is scored twice: what came before is scored by the old model and what comes after by the new one, which first needs the
   * `windowLength` frames of its window (32 s of blindness at 32 frames of a second). An anomaly event of the old model is closed; a sensor fault
   * goes on while the new one reads the tag, a drift is closed with the first window. Labels hold, but those of another model do not raise the threshold.
   *
   * Once it has resolved, the old model is no longer in use at these machines: close it, or keep it to swap it back. A second swap of a machine takes the place of
   * the first. After a restart the machine has the model that `createGateway` is given.
   *
   * @param machine name of a machine, or of several: all get the model, or none
   * @throws GatewayError `CONFIG_INVALID`, and nothing is changed, for a machine that is not there, for a model that the gateway could not be started with, for a
   * gateway that does not run, and for a machine whose sources have ended; `CONFIG_INVALID` when the gateway stops, the sources end or another swap comes before
   * the first window; `SCORING_FAILED` when the new model fails on that: it is in place all the same
   */
  swapModel(machine: string | readonly string[], model: Scorer): Promise<void>;
  health(): GatewayHealth;
}
