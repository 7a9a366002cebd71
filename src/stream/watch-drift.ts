import type { DriftEvent } from "../core/drift-event.ts";
import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard, ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { derivedId } from "../derived-id.ts";
import { GatewayError } from "../errors.ts";
import { createDriftWatch, type DriftMessage } from "../math/drift-watch.ts";
import { requireKnown, requirePositive } from "../math/range-checks.ts";

export interface WatchDriftOptions {
  readonly gateway: string;
  readonly machine: string;
  /** The model that makes the scores: `model.identity` and `model.card`. */
  readonly model: ModelIdentity;
  readonly card: ModelCard;
  /**
   * What the tags are called in events, in the order of the model.
   * @defaultValue the model's own names
   */
  readonly tags?: readonly string[];
  /**
   * Running time that is compared with training: long enough to hold all that the machine usually does.
   * @defaultValue 86_400_000 (a day)
   */
  readonly stretchMs?: number;
  /** The last message of a drift that was open when the gateway went down; it goes on under its id, or is closed where its model is no longer in use. */
  readonly resume?: DriftEvent;
}

/** Told of every scored window of one machine, in order. */
export interface DriftReporter {
  /** @returns an event when a drift opens or closes */
  scored(score: Score, window: FrameWindow): DriftEvent | undefined;
}

const OWNER = "watchDrift";
const DAY_MS = 86_400_000;
const KNOWN = ["gateway", "machine", "model", "card", "tags", "stretchMs", "resume"] as const;

/**
 * Watches whether a machine has become another one than its model was trained on: whether tags have left their level or got noisier, or scores have risen, over
 * a day of running time. Reads no clock: time is that of the windows.
 *
 * What is not known to be normal stays out: windows that were not judged, rows with an unknown cell, incidents that last less than half of the
 * stretch. What was seen is kept in memory: after a restart nothing is said for a whole stretch.
 *
 * Delivery: the same windows make the same events with the same ids. At most one drift is open; it is opened once and closed once.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for an option that is unknown, missing or not above zero, and for tags that are not as many as the model's
 */
export function watchDrift(options: WatchDriftOptions): DriftReporter {
  requireKnown(OWNER, options, KNOWN);
  const { gateway, machine, model, card, resume, stretchMs = DAY_MS } = options;
  const { tags = card.tags.map(({ name }) => name) } = options;
  requireOptions(options, tags, stretchMs);
  const isOurs = resume?.model.sha256 === model.sha256;
  let orphan = isOurs ? undefined : resume;
  const watch = createDriftWatch({ card, tags, stretchMs }, isOurs ? resume : undefined);
  const eventOf = (message: DriftMessage): DriftEvent => {
    const id = derivedId("drift", gateway, machine, model.sha256, message.startMs);
    return { kind: "drift", id, gateway, machine, model, ...message };
  };
  return {
    scored(score, window) {
      if (orphan !== undefined) {
        const closed = retire(orphan, score.endMs);
        orphan = undefined;
        watch.push(score, window);
        return closed;
      }
      const message = watch.push(score, window);
      return message && eventOf(message);
    },
  };
}

function requireOptions(
  { gateway, machine, model, card }: WatchDriftOptions,
  tags: readonly string[],
  stretchMs: number,
): void {
  for (const [option, value] of Object.entries({ gateway, machine, model })) {
    if (value) continue;
    throw new GatewayError("CONFIG_INVALID", `${OWNER}: ${option} must be given, got ${value}`);
  }
  requirePositive(OWNER, { stretchMs });
  if (tags.length === card.tags.length) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${OWNER}: tags must be one for each of the model's ${card.tags.length} tags, got ${tags.length}`,
  );
}

/** Nobody judges by that model any more. */
function retire(drift: DriftEvent, endMs: number): DriftEvent {
  const advice = "Do nothing: the model that had drifted is no longer in use.";
  return { ...drift, revision: drift.revision + 1, phase: "closed", endMs, advice };
}
