import { map, type Observable, Subject, tap } from "rxjs";
import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { Frame } from "../core/frame.ts";
import type { Reading } from "../core/reading.ts";
import type { Score } from "../core/score.ts";
import type { Tag } from "../core/tag.ts";
import type { Scorer } from "../model/scorer.ts";
import { alignReadings } from "../stream/align-readings.ts";
import { scoreWindows } from "../stream/score-windows.ts";
import { slideWindow } from "../stream/slide-window.ts";
import { trackEvents } from "../stream/track-events.ts";
import type { Counters } from "./counters.ts";
import type { MachineHealth } from "./health.ts";
import { createRecentReadings } from "./recent-readings.ts";

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
}

/** One machine of a running gateway: readings in, scores and events out. */
export interface Machine {
  readonly name: string;
  /** The source's tags that it wants, in the order of the model. */
  readonly tags: readonly Tag[];
  /** Distance of two frames of its model. */
  readonly periodMs: number;
  push(reading: Reading): void;
  /** Says that no reading will come any more; `events` then completes once everything is scored. */
  end(): void;
  readonly events: Observable<AnomalyEvent>;
  health(): MachineHealth;
}

export interface MachineSurroundings {
  /** Name of the gateway. */
  readonly gateway: string;
  /** What the sources deliver, by name; how a tag is reported is theirs to say. */
  readonly sourceTags: ReadonlyMap<string, Tag>;
  readonly counters: Counters;
  /** The last message of the event that a run before this one left open. */
  readonly resumed: AnomalyEvent | undefined;
  readonly onScore: (score: Score) => void;
}

/** Composes the stages for one machine. */
export function createMachine(
  { name, model, tagNames = {}, latenessMs, rollMs = 30_000 }: MachineOptions,
  { gateway, sourceTags, counters, resumed, onScore }: MachineSurroundings,
): Machine {
  const { card, identity } = model;
  const tags = wantedTags(card.tags, tagNames, sourceTags);
  const input = new Subject<Reading>();
  const recent = createRecentReadings(rollMs);
  const open = new Set(resumed ? [resumed.id] : []);
  let lastFrame: Frame | undefined;
  let lastScore: Score | undefined;
  let lastError: unknown;

  const guarded = guardScorer(model, (error, windows) => {
    lastError = error;
    counters.drop("scoring-failed", windows);
  });
  const noteScore = (scored: Score): void => {
    lastScore = scored;
    lastError = undefined;
    recent.forget(scored.endMs);
    if (scored.verdict === "insufficient-data") counters.count("insufficientWindows");
    onScore(scored);
  };
  const noteEvent = (event: AnomalyEvent): AnomalyEvent => {
    if (event.phase === "closed") open.delete(event.id);
    else open.add(event.id);
    if (event.phase === "updated") return event;
    return { ...event, readings: recent.before(lastScore?.endMs ?? event.endMs) };
  };

  return {
    name,
    tags,
    periodMs: card.periodMs,
    push(reading) {
      recent.push(reading);
      input.next(reading);
    },
    end: () => input.complete(),
    events: input.pipe(
      alignReadings({
        tags,
        periodMs: card.periodMs,
        ...(latenessMs !== undefined && { latenessMs }),
        onDrop: (_, why) => counters.drop(why),
      }),
      tap((frame) => {
        lastFrame = frame;
        counters.count("frames");
      }),
      slideWindow({ length: card.windowLength, stride: card.stride }),
      tap(() => counters.count("windows")),
      scoreWindows(guarded),
      map((scored) => rename(scored, tagNames)),
      tap(noteScore),
      trackEvents({
        gateway,
        machine: name,
        model: identity,
        ...card.eventRule,
        ...(resumed && { resume: resumed }),
      }),
      map(noteEvent),
    ),
    health: () => ({
      name,
      model: identity,
      unknownTags: unknownIn(lastFrame, tags),
      openEvents: [...open],
      ...(lastScore && { lastScore }),
      ...(lastError !== undefined && { lastError }),
    }),
  };
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

/** Names of the tags of which the frame knows nothing; all of them before the first frame. */
function unknownIn(frame: Frame | undefined, tags: readonly Tag[]): readonly string[] {
  const isUnknown = (place: number): boolean => Number.isNaN(frame?.values[place] ?? Number.NaN);
  return tags.filter((_, place) => isUnknown(place)).map(({ name }) => name);
}

/** Scoring that fails costs its windows and nothing else: alignment and open incidents go on. */
function guardScorer(model: Scorer, failed: (error: unknown, windows: number) => void): Scorer {
  return {
    card: model.card,
    identity: model.identity,
    score: (windows) =>
      model.score(windows).catch((error: unknown) => {
        failed(error, windows.length);
        return [];
      }),
  };
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
