import type { Frame } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import type { SensorFault, SensorFaultKind } from "../core/sensor-fault.ts";
import type { Tag } from "../core/tag.ts";
import type { SensorFinding } from "./sensor-finding.ts";
import { createSensorJudge } from "./sensor-judge.ts";
import { type SensorLimitsByTag, tagLimits } from "./sensor-limits.ts";

/** What a sensor fault says of itself; who it happened to is added outside. */
export type SensorFaultMessage = Omit<
  SensorFault,
  "kind" | "id" | "gateway" | "machine" | "readings"
>;

export interface SensorFaultRule {
  /** What the sensors did in training, in the order of the frames' cells: the card of the model that is fed with the frames. */
  readonly card: Pick<ModelCard, "tags" | "periodMs" | "sensors">;
  /**
   * The tags as the sources know them, in the same order.
   * @defaultValue those of the card
   */
  readonly tags?: readonly Tag[];
  /**
   * Limits that are known better than from training, by the tag's name; `false` for a tag that is never judged.
   * @defaultValue none
   */
  readonly limits?: SensorLimitsByTag;
}

/** Finds sensors that cannot be believed. */
export interface SensorFaultDetector {
  /** Takes the next frame; returns the messages of faults that it opens or closes, usually none. */
  push(frame: Frame): readonly SensorFaultMessage[];
  /** Shape `[tags]`: 1 where the newest frame's cell says nothing of the machine. Overwritten by the next `push`. */
  readonly mask: Uint8Array;
}

/** A fault closes once the sensor has been well for so many frames in a row, */
const OFF_DELAY_FRAMES = 10;
/** ... and a spike once no other has followed for so many: one that comes again and again is one fault. */
const SPIKE_OFF_DELAY_FRAMES = 60;

interface OpenFault {
  readonly fault: SensorFaultKind;
  readonly startMs: number;
  readonly value: number;
  readonly observed: number;
  readonly limit: number;
  readonly revision: number;
  /** The newest frame that showed it. */
  endMs: number;
  /** Frames in a row, up to the newest, in which all was well. */
  wellFrames: number;
}

const NO_MESSAGES: readonly SensorFaultMessage[] = Object.freeze([]);

/**
 * Creates a detector.
 *
 * A cell is masked from the first frame on in which it cannot be believed; a fault opens when that has gone on for some frames (on-delay),
 * and closes when the sensor has been well for {@link OFF_DELAY_FRAMES} (off-delay); until then the tag stays masked. A tag has
 * one open fault at a time, of the kind that was found first; only a spike, which is over when it is found, gives way to any other.
 *
 * A frame costs O(tags), and allocates nothing unless a fault opens or closes.
 *
 * @param resumed the last messages of faults that were open when the gateway went down
 */
export function createSensorFaultDetector(
  { card, tags = card.tags, limits: given = {} }: SensorFaultRule,
  resumed: readonly SensorFaultMessage[] = [],
): SensorFaultDetector {
  const limits = tags.map((tag, place) =>
    tagLimits({
      tag,
      learntReporting: card.tags[place]?.reporting,
      profile: card.sensors?.[place],
      given: given[tag.name] ?? {},
      periodMs: card.periodMs,
    }),
  );
  const judge = createSensorJudge(limits);
  const mask = new Uint8Array(tags.length);
  const open: (OpenFault | undefined)[] = tags.map(({ name }) => {
    const last = resumed.find(({ tag }) => tag === name);
    return last && resume(last);
  });
  let messages: readonly SensorFaultMessage[] = NO_MESSAGES;

  const tell = (place: number, fault: OpenFault, phase: SensorFault["phase"]): void => {
    messages = [...messages, messageOf(fault, (tags[place] as Tag).name, phase)];
    open[place] = phase === "opened" ? fault : undefined;
  };

  /** Opens or closes a fault of a tag by what the newest frame shows of it. */
  const take = (place: number, finding: SensorFinding): void => {
    let fault = open[place];
    if (fault && givesWay(fault, finding)) {
      tell(place, fault, "closed");
      fault = undefined;
    }
    if (fault === undefined) {
      const begun = beginOf(finding);
      if (begun) tell(place, begun, "opened");
      return;
    }
    const wasWell = fault.wellFrames > 0;
    const isWell = finding.kind === undefined && judge.isWell(place, fault.fault, wasWell);
    if (goOn(fault, finding, isWell)) tell(place, fault, "closed");
  };

  const isMasked = (place: number, { masks }: SensorFinding): boolean => {
    const fault = open[place]?.fault;
    return masks || (fault !== undefined && fault !== "spike");
  };

  const beginAnew = (): void => {
    for (const fault of open) if (fault) fault.wellFrames = 0;
  };

  return {
    mask,
    push(frame) {
      messages = NO_MESSAGES;
      if (!judge.push(frame)) beginAnew();
      for (let place = 0; place < tags.length; place += 1) {
        const finding = judge.find(place);
        take(place, finding);
        mask[place] = Number(isMasked(place, finding));
      }
      return messages;
    },
  };
}

function resume(message: SensorFaultMessage): OpenFault {
  const { fault, startMs, endMs, value, observed, limit, revision } = message;
  return { fault, startMs, endMs, value, observed, limit, revision, wellFrames: 0 };
}

/** A spike is over when it is found: it does not keep another fault from opening. */
function givesWay({ fault }: OpenFault, { kind, isFault }: SensorFinding): boolean {
  return fault === "spike" && isFault && kind !== "spike";
}

/** The fault that a finding opens, if it does. */
function beginOf(finding: SensorFinding): OpenFault | undefined {
  const { kind, isFault, startMs, endMs, value, observed, limit } = finding;
  if (kind === undefined || !isFault) return undefined;
  return { fault: kind, startMs, endMs, value, observed, limit, revision: 0, wellFrames: 0 };
}

/** Takes in what was found of a tag whose fault is open; returns whether the fault is over. */
function goOn(fault: OpenFault, { kind, isFault, endMs }: SensorFinding, isWell: boolean): boolean {
  if (kind !== undefined && (isFault || kind === fault.fault)) fault.endMs = endMs;
  fault.wellFrames = isWell ? fault.wellFrames + 1 : 0;
  return fault.wellFrames >= (fault.fault === "spike" ? SPIKE_OFF_DELAY_FRAMES : OFF_DELAY_FRAMES);
}

function messageOf(
  { wellFrames: _, ...told }: OpenFault,
  tag: string,
  phase: SensorFault["phase"],
): SensorFaultMessage {
  return { ...told, tag, phase, revision: phase === "opened" ? 0 : told.revision + 1 };
}
