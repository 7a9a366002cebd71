import type { Frame } from "../../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../../core/model-card.ts";
import { GatewayError } from "../../errors.ts";
import type { KeptMessages } from "../dataset/kept-messages.ts";
import { type ChosenWindows, chooseWindows } from "./choose-windows.ts";
import { drawAlike } from "./draw-alike.ts";
import { framesOfWindows } from "./frames-of-windows.ts";
import { type KeptWindow, readKeptWindows } from "./kept-windows.ts";
import { type KnownIncident, knownIncidents } from "./known-incidents.ts";

/** Fewer say too little of what is normal: the strangest of them decide on the threshold. */
export const MIN_WINDOWS = 200;
/** With so many, what was over-sampled is thinned to its share in operation; not below, since a network needs examples first of all. */
export const ENOUGH_WINDOWS = 1000;

export interface LessonOptions {
  readonly machine?: string;
  /** The model whose successor is to be trained: its tags, period and length of a window count. */
  readonly base?: { readonly card: ModelCard; readonly identity: ModelIdentity };
  /**
   * Another one draws other windows.
   * @defaultValue 1
   */
  readonly seed?: number;
}

/** What an outbox has to teach. */
export interface OutboxLesson extends ChosenWindows {
  readonly machine: string;
  /** Names of the columns, as the source calls them. */
  readonly tags: readonly string[];
  readonly periodMs: number;
  readonly windowLength: number;
  /** Of the windows to learn from, with gaps between them. */
  readonly frames: readonly Frame[];
  /** Time between the first and the last frame. */
  readonly spanMs: number;
  /** Usual share of a window's cells that was measured. */
  readonly coverage: number;
  /** What people have labelled, as far as its windows have this shape. */
  readonly labelled: readonly KnownIncident[];
  /** Windows that would have counted for more than their share in operation. */
  readonly overSampled: number;
  /** Windows of other tags, period or length, which a model before this one took. */
  readonly otherShape: number;
}

/**
 * Gathers what can be learnt from the windows that an outbox has kept of one machine.
 *
 * @throws GatewayError `CONFIG_INVALID` for a machine that has no windows, or none named where there are several; `TRAINING_DATA_INSUFFICIENT` for fewer
 * than 200 windows to learn from; and what the outbox throws
 */
export async function lessonFromOutbox(
  source: KeptMessages,
  { machine, base, seed = 1 }: LessonOptions = {},
): Promise<OutboxLesson> {
  const windows = await readKeptWindows(source, machine);
  const shape = shapeOf(windows, base);
  const fitting = windows.filter((window) => hasShape(window, shape));
  const chosen = chooseWindows(fitting);
  const otherShape = windows.length - fitting.length;
  requireEnough(chosen, windows, otherShape);
  const learn = drawAlike(chosen.learn, { atLeast: ENOUGH_WINDOWS, seed });
  const frames = framesOfWindows(learn);
  const [first, last] = [frames[0] as Frame, frames.at(-1) as Frame];
  return {
    ...chosen,
    learn,
    overSampled: chosen.learn.length - learn.length,
    ...shape,
    machine: (windows[0] as KeptWindow).machine,
    frames,
    spanMs: last.timeMs - first.timeMs,
    coverage: learn.reduce((sum, one) => sum + one.coverage / learn.length, 0),
    labelled: knownIncidents(fitting),
    otherShape,
  };
}

interface Shape {
  readonly tags: readonly string[];
  readonly periodMs: number;
  readonly windowLength: number;
}

/** That of the base, by the names of the source where it has captured windows; without a base, that of the newest window. */
function shapeOf(windows: readonly KeptWindow[], base: LessonOptions["base"]): Shape {
  if (base === undefined) {
    const { tags, periodMs, length } = windows.at(-1) as KeptWindow;
    return { tags, periodMs, windowLength: length };
  }
  const { card, identity } = base;
  const own = windows.findLast(({ model }) => model.sha256 === identity.sha256);
  const tags = own?.tags ?? card.tags.map(({ name }) => name);
  return { tags, periodMs: card.periodMs, windowLength: card.windowLength };
}

function hasShape(window: KeptWindow, { tags, periodMs, windowLength }: Shape): boolean {
  return (
    window.periodMs === periodMs &&
    window.length === windowLength &&
    window.values.length === windowLength * tags.length &&
    window.tags.length === tags.length &&
    window.tags.every((tag, place) => tag === tags[place])
  );
}

function requireEnough(
  { learn, leftOut }: ChosenWindows,
  windows: readonly KeptWindow[],
  otherShape: number,
): void {
  if (learn.length >= MIN_WINDOWS) return;
  const why = [
    [otherShape, "of other tags, period or length"],
    [leftOut.labelled, "labelled fault or maintenance"],
    [leftOut["within-fault"], "in the midst of these"],
    [leftOut.unjudged, "anomalous and without a label"],
    [leftOut.incomplete, "with an unknown cell"],
  ].flatMap(([count, what]) => (count === 0 ? [] : `${count} ${what}`));
  const others = why.length > 0 ? `: ${why.join(", ")}` : "";
  throw new GatewayError(
    "TRAINING_DATA_INSUFFICIENT",
    `expected at least ${MIN_WINDOWS} windows of normal operation, got ${learn.length} of the ${windows.length} that were kept${others}`,
    { hint: "Label what is not judged, wait until more were sampled, or train on a trace." },
  );
}
