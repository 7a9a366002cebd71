import {
  defer,
  identity,
  map,
  merge,
  type Observable,
  type OperatorFunction,
  Subject,
  tap,
} from "rxjs";
import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { DriftEvent } from "../core/drift-event.ts";
import type { Frame } from "../core/frame.ts";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Label } from "../core/label.ts";
import type { Reading } from "../core/reading.ts";
import type { Score } from "../core/score.ts";
import type { ScoreSummary } from "../core/score-summary.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import type { Tag } from "../core/tag.ts";
import type { WindowCapture } from "../core/window-capture.ts";
import type { SensorLimitsByTag } from "../math/sensor-limits.ts";
import type { Scorer } from "../model/scorer.ts";
import { createFrameInlet, type FrameInlet } from "../stream/align-readings.ts";
import { type MaskSensorFaultsOptions, maskSensorFaults } from "../stream/mask-sensor-faults.ts";
import { scoreWindows } from "../stream/score-windows.ts";
import { slideWindow } from "../stream/slide-window.ts";
import { trackEvents } from "../stream/track-events.ts";
import type { Counters } from "./counters.ts";
import type { MachineHealth } from "./health.ts";
import { createMachineNotes } from "./machine-notes.ts";
import { type CaptureBudget, createMachineTruth } from "./machine-truth.ts";
import { createOpenEvents } from "./open-events.ts";
import { createRecentReadings } from "./recent-readings.ts";
import type { Scoring } from "./scoring.ts";

export interface MachineOptions {
  /** Unique within the gateway, e.g. `pump-1`. */
  readonly name: string;
  /** What normal looks like. One model may serve any number of machines. */
  readonly model: Scorer;
  /**
   * The source's tag for each of the model's tags, where the names differ. Scores and events speak of the source's tags.
   * @defaultValue every tag has the model's name for it
   */
  readonly tagNames?: Readonly<Record<string, string>>;
  /**
   * How far one tag may lag behind the others before frames stop waiting for it.
   * @defaultValue one period of the model, at least a second
   */
  readonly latenessMs?: number;
  /**
   * Raw readings before an event's opening and before its closing that are sent along (2,000 at most).
   * @defaultValue 30_000
   */
  readonly rollMs?: number;
  /**
   * Limits of sensors that are known better than from training, by the source's tag; `false` for a tag, or for all, that
   * is never taken for broken.
   * @defaultValue what the model has learnt in training
   */
  readonly sensorFaults?: false | SensorLimitsByTag;
}

/** One machine of a running gateway: readings in, scores and events out. */
export interface Machine {
  readonly name: string;
  /** The source's tags that it wants, in the order of the model. */
  readonly tags: readonly Tag[];
  /** Distance of two frames of its model. */
  readonly periodMs: number;
  /** @param place of the reading's tag among `tags`, where that is known */
  push(reading: Reading, place?: number): void;
  /** Says that no reading will come any more; `events` then completes once everything is scored. */
  end(): void;
  /** Anomalies, sensor faults and drifts. */
  readonly events: Observable<GatewayEvent>;
  /** Lets a label act. */
  learn(label: Label): void;
  /** Called once `events` has completed; resolves when the last window was captured. */
  close(): Promise<void>;
  health(): MachineHealth;
}

export interface MachineSurroundings {
  /** Name of the gateway. */
  readonly gateway: string;
  /** What the sources deliver, by name; how a tag is reported is theirs to say. */
  readonly sourceTags: ReadonlyMap<string, Tag>;
  readonly counters: Counters;
  /** Where the windows of all machines with a model meet. */
  readonly scoring: Pick<Scoring, "batcherOf">;
  /** The last messages of what a run before this one left open at this machine. */
  readonly unclosed: readonly GatewayEvent[];
  /** What was said so far. */
  readonly labels: readonly Label[];
  /** Absent where no windows are kept. */
  readonly captures: CaptureBudget | undefined;
  readonly onScore: (score: Score) => void;
  /** Takes what goes out beside events. */
  readonly onMessage: (message: WindowCapture | ScoreSummary) => void;
}

/** Composes the stages for one machine. */
export function createMachine(options: MachineOptions, surroundings: MachineSurroundings): Machine {
  const { gateway, sourceTags, counters, scoring, unclosed, onScore } = surroundings;
  const { name, model, tagNames = {}, rollMs = 30_000 } = options;
  const { card, identity } = model;
  const tags = wantedTags(card.tags, tagNames, sourceTags);
  const { incident, faults: openFaults, drift } = resumable(unclosed, options, tags);
  const asides = new Subject<SensorFault | DriftEvent>();
  const recent = createRecentReadings(tags, rollMs);
  const resumed = [incident, ...openFaults, drift].filter((event) => event !== undefined);
  const open = createOpenEvents(recent, resumed);
  const notes = createMachineNotes(tags, counters);
  const noteScore = (scored: Score): void => {
    notes.score(scored);
    recent.forget(scored.endMs);
    onScore(scored);
  };
  const onDrift = (event: DriftEvent): void => asides.next(open.note(event, event.endMs));
  const truth = createMachineTruth({ ...surroundings, machine: name, model, tags, onDrift });
  const masking = {
    ...{ gateway, machine: name, card, tags, resume: openFaults, reuse: true },
    onFault: (fault: SensorFault): void =>
      asides.next(open.note(fault, notes.lastFrame()?.timeMs ?? fault.endMs)),
  };
  const inlet = inletOf(options, tags, counters);
  const windows = inlet.frames.pipe(
    tap(notes.frame),
    maskFaults(options, masking),
    slideWindow({ length: card.windowLength, stride: card.stride, reuse: true }),
    tap(() => counters.count("windows")),
  );
  const scores = defer(() =>
    scoreWindows(model, {
      batcher: scoring.batcherOf(model), // not before somebody listens: a machine may be made only to be checked
      onScored: truth.window,
      onFailed: notes.failure,
      onDropped: (count) => counters.drop("overload", count),
    })(windows),
  );
  const incidents = scores.pipe(
    map((scored) => truth.judge(rename(scored, tagNames))),
    tap(noteScore),
    trackEvents({
      ...{ gateway, machine: name, model: identity, ...card.eventRule },
      ...(incident && { resume: incident }),
    }),
    map((event) => open.note(event, notes.lastScore()?.endMs ?? event.endMs)),
    tap({ next: truth.event, complete: () => asides.complete() }),
  );

  return {
    name,
    tags,
    periodMs: card.periodMs,
    push(reading, place) {
      recent.push(reading, place);
      inlet.push(reading, place);
    },
    end: inlet.end,
    events: merge(asides, incidents),
    learn: truth.learn,
    close: truth.close,
    health: () => ({
      name,
      model: identity,
      ...notes.health(),
      ...truth.health(),
      ...open.health(),
    }),
  };
}

function inletOf(
  { name, model: { card }, latenessMs }: MachineOptions,
  tags: readonly Tag[],
  counters: Counters,
): FrameInlet {
  return createFrameInlet(`machine "${name}"`, {
    tags,
    reuse: true,
    periodMs: card.periodMs,
    ...(latenessMs !== undefined && { latenessMs }),
    onDrop: (_, why) => counters.drop(why),
  });
}

function maskFaults(
  { sensorFaults = {} }: MachineOptions,
  options: Omit<MaskSensorFaultsOptions, "limits">,
): OperatorFunction<Frame, Frame> {
  if (sensorFaults === false) return identity;
  return maskSensorFaults({ ...options, limits: sensorFaults });
}

/** What the machine can go on with: an incident of the model it has now, and faults of sensors it still reads. */
function resumable(
  unclosed: readonly GatewayEvent[],
  { model, sensorFaults }: MachineOptions,
  tags: readonly Tag[],
): {
  incident: AnomalyEvent | undefined;
  faults: readonly SensorFault[];
  drift: DriftEvent | undefined;
} {
  const names = sensorFaults === false ? [] : tags.map((tag) => tag.name);
  const incident = unclosed
    .filter((event) => event.kind === "anomaly")
    .findLast((event) => event.model.sha256 === model.identity.sha256);
  const open = unclosed.filter((event) => event.kind === "sensor-fault");
  const faults = names.flatMap((name) => open.findLast(({ tag }) => tag === name) ?? []);
  return { incident, faults, drift: unclosed.findLast((event) => event.kind === "drift") };
}

/** The model's tags as the sources know them: by the sources' names, and reported as they say. */
function wantedTags(
  tags: readonly Tag[],
  tagNames: Readonly<Record<string, string>>,
  sourceTags: ReadonlyMap<string, Tag>,
): readonly Tag[] {
  return tags.map((tag) => {
    const name = tagNames[tag.name] ?? tag.name;
    return { ...tag, name, ...sourceTags.get(name) };
  });
}

/** Calls the tags what the sources call them, as the readings beside them do. */
function rename(score: Score, tagNames: Readonly<Record<string, string>>): Score {
  if (Object.keys(tagNames).length === 0) return score;
  const contributions = score.contributions.map((part) => ({
    ...part,
    tag: tagNames[part.tag] ?? part.tag,
  }));
  return { ...score, contributions };
}
