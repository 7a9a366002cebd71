import { Observable, type OperatorFunction } from "rxjs";
import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { EventRule, ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { derivedId } from "../derived-id.ts";
import { GatewayError } from "../errors.ts";
import { createIncidentTracker } from "../math/incident-tracker.ts";
import { requireNotNegative } from "../math/range-checks.ts";
import { subscribeThrough } from "./subscribe-through.ts";

export interface TrackEventsOptions extends EventRule {
  readonly gateway: string;
  readonly machine: string;
  /** The model that made the scores: `model.identity`. */
  readonly model: ModelIdentity;
  /**
   * An open event that got worse says so at most this often.
   * @defaultValue 60_000
   */
  readonly updateMs?: number;
  /** The last message of an event that was open when the gateway went down; it goes on under its id. */
  readonly resume?: AnomalyEvent;
}

/**
 * Turns the scores of one machine into anomaly events: one id per incident, opened once, updated while it gets worse, closed once.
 *
 * ```
 * scores  n-a-a-a-a-n-a-n-n-n|     a = at or above the threshold
 * events  ------o-----------c|     on-delay and off-delay of two scores; closed with the time of the last a
 * ```
 *
 * The rule is the model card's: `trackEvents({ gateway, machine, model: model.identity, ...model.card.eventRule })`.
 * Delivery: the same scores make the same events with the same ids. `readings` is empty; the gateway fills it.
 *
 * @throws {@link GatewayError} `CONFIG_INVALID` for a negative delay or deadband, and for a missing gateway, machine or model.
 */
export function trackEvents(options: TrackEventsOptions): OperatorFunction<Score, AnomalyEvent> {
  const { gateway, machine, model, onDelayMs, offDelayMs, deadband, updateMs = 60_000 } = options;
  for (const [option, value] of Object.entries({ gateway, machine, model })) {
    if (value) continue;
    throw new GatewayError("CONFIG_INVALID", `trackEvents: ${option} must be given, got ${value}`);
  }
  const rule = { onDelayMs, offDelayMs, deadband, updateMs };
  requireNotNegative("trackEvents", rule);

  return (scores) =>
    new Observable((events) => {
      const tracker = createIncidentTracker(rule, options.resume);
      return subscribeThrough(scores, events, (score) => {
        const message = tracker.push(score);
        if (message === undefined) return;
        const id = derivedId(gateway, machine, model.sha256, message.startMs);
        events.next({ kind: "anomaly", id, gateway, machine, model, ...message, readings: [] });
      });
    });
}
