import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { Label } from "../core/label.ts";
import type { ModelIdentity } from "../core/model-card.ts";
import type { WindowCapture } from "../core/window-capture.ts";
import { patternOf } from "../math/incident-pattern.ts";

/** What people may speak of. */
export type Labelled = AnomalyEvent | WindowCapture;

/** What a label says of its target, beside the verdict. */
export type TargetFacts = Pick<Label, "machine" | "model" | "pattern">;

/** The events and windows that can be spoken of. */
export interface LabelTargets {
  note(message: Labelled): void;
  get(id: string): TargetFacts | undefined;
  ids(): Iterable<string>;
}

const MOST_EVENTS = 5_000;
const MOST_WINDOWS = 50_000;

/** Remembers the newest 5,000 events and 50,000 windows, some 300 bytes each; the many windows push out no event. */
export function createLabelTargets(): LabelTargets {
  const events = new Map<string, TargetFacts>();
  const windows = new Map<string, TargetFacts>();
  const models = shared<ModelIdentity>();
  const lists = shared<readonly string[]>();
  return {
    note(message) {
      const facts = factsOf(message, models, lists);
      if (message.kind === "anomaly") {
        remember(events, MOST_EVENTS, message.id, facts);
        return;
      }
      remember(windows, MOST_WINDOWS, message.id, facts);
      const { eventId } = message;
      // After a restart the windows of an event are all that is left of it; it looks like the highest.
      if (eventId !== undefined && scoreOf(facts) > scoreOf(events.get(eventId))) {
        remember(events, MOST_EVENTS, eventId, facts);
      }
    },
    get: (id) => events.get(id) ?? windows.get(id),
    *ids() {
      yield* events.keys();
      yield* windows.keys();
    },
  };
}

function factsOf(
  message: Labelled,
  models: Shared<ModelIdentity>,
  lists: Shared<readonly string[]>,
): TargetFacts {
  const { machine, model, contributions, score, threshold } = message;
  const facts = { machine, model: models(model.sha256, model) };
  // What nothing is known of looks like nothing.
  if (!Number.isFinite(score) || contributions.length === 0) return facts;
  const pattern = patternOf(contributions, score, threshold);
  const tags = lists(JSON.stringify(pattern.tags), pattern.tags);
  return { ...facts, pattern: { ...pattern, tags } };
}

function scoreOf(facts: TargetFacts | undefined): number {
  return facts?.pattern?.score ?? Number.NEGATIVE_INFINITY;
}

function remember<T>(places: Map<string, T>, most: number, id: string, one: T): void {
  places.delete(id);
  places.set(id, one);
  const [oldest] = places.keys();
  if (places.size > most && oldest !== undefined) places.delete(oldest);
}

/** Gives the first value of a key again: tens of thousands of windows have the same few models and lists of tags. */
type Shared<T> = (key: string, value: T) => T;

function shared<T>(): Shared<T> {
  const first = new Map<string, T>();
  return (key, value) => {
    const known = first.get(key) ?? value;
    first.set(key, known);
    return known;
  };
}
