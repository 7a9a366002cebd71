import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { IncidentPattern, Label } from "../core/label.ts";
import type { ModelIdentity } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import type { WindowCapture } from "../core/window-capture.ts";
import { partsOf, patternOf } from "../math/incident-pattern.ts";
import { createIncidentTrail } from "../math/incident-trail.ts";
import { createMachineTrails } from "./machine-trails.ts";

/** What people may speak of. */
export type Labelled = AnomalyEvent | WindowCapture;

/** What a label says of its target, beside the verdict. */
export type TargetFacts = Pick<Label, "machine" | "model" | "pattern">;

/** The events and windows that can be spoken of. */
export interface LabelTargets {
  /** Takes each score of a machine, before the event that comes of it: an event looks like all of its windows. */
  scored(machine: string, score: Score): void;
  note(message: Labelled): void;
  /** Takes what was known of an event before a restart. */
  recall(id: string, facts: TargetFacts): void;
  get(id: string): TargetFacts | undefined;
  ids(): Iterable<string>;
}

const MOST_EVENTS = 2_000;
const MOST_WINDOWS = 50_000;

/** Remembers the newest 2,000 events, some kilobytes each, and 50,000 windows, some 300 bytes each; the many windows push out no event. */
export function createLabelTargets(): LabelTargets {
  const events = new Map<string, TargetFacts>();
  const windows = new Map<string, TargetFacts>();
  const trails = createMachineTrails();
  const models = shared<ModelIdentity>();
  const lists = shared<readonly string[]>();
  const sharing = ({ model, pattern, ...facts }: TargetFacts): TargetFacts => ({
    ...facts,
    ...(model && { model: models(model.sha256, model) }),
    ...(pattern && {
      pattern: { ...pattern, tags: lists(JSON.stringify(pattern.tags), pattern.tags) },
    }),
  });
  /** An event is known by its messages, its windows and what was remembered of it, in any order. */
  const noteEvent = (id: string, facts: TargetFacts, more?: IncidentPattern): void => {
    const pattern = joined([events.get(id)?.pattern, more, facts.pattern]);
    remember(events, MOST_EVENTS, id, { ...facts, ...(pattern && { pattern }) });
  };
  return {
    scored: trails.scored,
    note(message) {
      const facts = sharing(factsOf(message));
      if (message.kind === "anomaly") {
        noteEvent(message.id, facts, trails.event(message));
        return;
      }
      remember(windows, MOST_WINDOWS, message.id, facts);
      if (message.eventId !== undefined) noteEvent(message.eventId, facts);
    },
    recall: (id, facts) => noteEvent(id, facts),
    get: (id) => events.get(id) ?? windows.get(id),
    *ids() {
      yield* events.keys();
      yield* windows.keys();
    },
  };
}

/** The pattern of an incident of which several are known in part. */
function joined(patterns: readonly (IncidentPattern | undefined)[]): IncidentPattern | undefined {
  const trail = createIncidentTrail();
  for (const pattern of patterns) {
    for (const part of pattern ? partsOf(pattern) : []) trail.push(part);
  }
  return trail.pattern();
}

/** What one message says of its event or window. */
export function factsOf(message: Labelled): TargetFacts {
  const { machine, model, contributions, score, threshold } = message;
  // What nothing is known of looks like nothing.
  if (!Number.isFinite(score) || contributions.length === 0) return { machine, model };
  return { machine, model, pattern: patternOf(contributions, score, threshold) };
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
