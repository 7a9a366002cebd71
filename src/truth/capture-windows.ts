import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { FrameWindow } from "../core/frame.ts";
import type { Score } from "../core/score.ts";
import type { CaptureReason, WindowCapture } from "../core/window-capture.ts";
import { GatewayError } from "../errors.ts";
import { requireKnown, requireNotNegative } from "../math/range-checks.ts";
import { LEAST_PER_DAY, planSampling, type SamplingPlan } from "../math/sampling-budget.ts";
import { copyWindow } from "../math/sliding-frames.ts";
import type { Reconstruction, Scorer } from "../model/scorer.ts";
import { type CaptureDraw, createCaptureDraw } from "./capture-draw.ts";
import {
  type CaptureGrounds,
  type CaptureOrigin,
  captureBytes,
  composeCapture,
} from "./compose-capture.ts";
import { createIncidentWindows } from "./incident-windows.ts";

export interface CapturerOptions {
  readonly gateway: string;
  readonly machine: string;
  readonly model: Scorer;
  /**
   * The model's tags by the source's names.
   * @defaultValue the model's own names
   */
  readonly tags?: readonly string[];
  /**
   * Bytes of JSON that the windows drawn from one machine may have in any 24 hours; 0 draws none. The windows of events are not counted.
   * @defaultValue 10_000_000
   */
  readonly bytesPerDay?: number;
  /**
   * Another one draws other windows.
   * @defaultValue 0
   */
  readonly seed?: number;
  /** The last message of an event that was open when the gateway went down, as `trackEvents` takes it. */
  readonly resume?: AnomalyEvent;
  /** Takes each capture once it is composed, in the order in which they were decided. */
  readonly onCapture: (capture: WindowCapture) => void;
}

/** What a capturer has done since it was made. */
export interface CaptureCounts extends Readonly<Record<CaptureReason, number>> {
  /** Captures that were lost because the model or `onCapture` failed. */
  readonly failed: number;
  /** Messages of events whose window was not known any more, e.g. from before a restart. */
  readonly unknown: number;
}

/** Keeps the windows of one machine that are worth a label. */
export interface Capturer {
  /** Takes every score, in order, with the window as the model saw it: `onScored` of `scoreWindows`. Copies the windows that it keeps, never waits. */
  scored(score: Score, window: FrameWindow): void;
  /** Takes every anomaly event after the score that it came from, before the next score. */
  event(event: AnomalyEvent): void;
  counts(): CaptureCounts;
  /** Why the last capture was lost. */
  lastError(): unknown;
  /** Captures what is still to be drawn, and resolves once every capture was handed on. */
  close(): Promise<void>;
}

/** A window and what has become of it. */
interface Kept {
  readonly score: Score;
  readonly window: FrameWindow;
  /** Captured for an event. */
  isTold: boolean;
  /** Drawn by lot, but an event may still speak of it. */
  drawn?: CaptureGrounds;
}

const KNOWN = [
  "gateway",
  "machine",
  "model",
  "tags",
  "bytesPerDay",
  "seed",
  "resume",
  "onCapture",
] as const satisfies readonly (keyof CapturerOptions)[];

/**
 * Creates what decides which windows of a machine are captured: the one at the opening of every anomaly event and the one with its highest score, at
 * once; of all others a budget, drawn at the end of each slot of time among those that were new, close to the threshold, and any.
 *
 * Delivery: the same windows and events make the same captures with the same ids. A window is captured once. What has not been drawn when the process dies
 * is lost, at most one slot. A capture whose window the model fails to reconstruct is lost and counted.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option that is unknown or out of range, and for a budget that is too small to draw from
 */
export function createCapturer(options: CapturerOptions): Capturer {
  requireKnown("createCapturer", options, KNOWN);
  const { gateway, machine, model, seed = 0, resume, onCapture } = options;
  const { card, identity } = model;
  const tags = options.tags ?? card.tags.map(({ name }) => name);
  const origin = { gateway, machine, model: identity, periodMs: card.periodMs, tags };
  const plan = planOf(options, origin);
  const key = JSON.stringify([seed, gateway, machine, identity.sha256]);
  const draw: CaptureDraw<Kept> | undefined = plan && createCaptureDraw(plan, card.normalizer, key);
  const counts = { event: 0, "near-threshold": 0, novel: 0, random: 0, failed: 0, unknown: 0 };
  let lastError: unknown;
  let handedOn: Promise<void> = Promise.resolve();
  let slot = Number.NaN;

  let lent: { readonly score: Score; readonly window: FrameWindow } | undefined;
  let kept: Kept | undefined;
  /** The window under way, copied once whoever wants it. */
  const keep = (): Kept => {
    if (lent === undefined) throw new RangeError("no window is under way");
    kept ??= { score: lent.score, window: copyWindow(lent.window), isTold: false };
    return kept;
  };

  const capture = async (kept: Kept, grounds: CaptureGrounds): Promise<void> => {
    try {
      const score = await explained(model, kept);
      const view = await shown(model, kept.window);
      onCapture(composeCapture(origin, { score, window: kept.window }, grounds, view));
      counts[grounds.reason] += 1;
    } catch (error) {
      counts.failed += 1;
      lastError = error;
    }
  };
  const submit = (kept: Kept, grounds: CaptureGrounds): void => {
    handedOn = handedOn.then(() => capture(kept, grounds));
  };
  const release = (kept: Kept): void => {
    if (kept.drawn && !kept.isTold) submit(kept, kept.drawn);
  };
  const incidents = createIncidentWindows<Kept>({ card, release, ...(resume && { resume }) });
  const drawSlot = (): void => {
    for (const { kept, ...grounds } of draw?.take() ?? []) {
      if (incidents.holds(kept)) kept.drawn = grounds;
      else if (!kept.isTold) submit(kept, grounds);
    }
  };

  return {
    scored(score, window) {
      if (plan && Math.floor(score.endMs / plan.slotMs) !== slot) {
        drawSlot();
        slot = Math.floor(score.endMs / plan.slotMs);
      }
      if (score.verdict === "not-running") incidents.pause();
      if (Number.isNaN(score.value)) return;
      lent = { score, window };
      kept = undefined;
      draw?.enter(score, window, keep);
      incidents.watch(score, keep);
    },
    event(event) {
      const kept = incidents.spokenOf(event);
      if (kept === undefined) counts.unknown += 1;
      if (kept && !kept.isTold) {
        kept.isTold = true;
        submit(kept, { reason: "event", inclusionProbability: 1, eventId: event.id });
      }
      if (event.phase === "closed") incidents.end();
    },
    counts: () => ({ ...counts }),
    lastError: () => lastError,
    close() {
      drawSlot();
      incidents.end();
      return handedOn;
    },
  };
}

/** @throws GatewayError `CONFIG_INVALID` for a budget that cannot be shared out */
function planOf(
  { bytesPerDay = 10_000_000, model }: CapturerOptions,
  origin: CaptureOrigin,
): SamplingPlan | undefined {
  requireNotNegative("createCapturer", { bytesPerDay });
  if (bytesPerDay === 0) return undefined;
  const bytes = captureBytes(origin, model.card);
  const plan = planSampling(bytesPerDay / bytes);
  if (plan) return plan;
  throw new GatewayError(
    "CONFIG_INVALID",
    `createCapturer: bytesPerDay must hold ${LEAST_PER_DAY} captures of ${bytes} bytes, got ${bytesPerDay}`,
    { hint: `Give ${LEAST_PER_DAY * bytes} or more, or 0 to capture the windows of events only.` },
  );
}

async function shown(model: Scorer, window: FrameWindow): Promise<Reconstruction | undefined> {
  return (await model.reconstruct?.([window]))?.[0];
}

/** The score with what it comes from: of a normal window that is only worked out here. */
async function explained(model: Scorer, { score, window }: Kept): Promise<Score> {
  if (score.contributions.length > 0) return score;
  const [alone] = await model.score([window]);
  return { ...score, contributions: alone?.contributions ?? [] };
}
