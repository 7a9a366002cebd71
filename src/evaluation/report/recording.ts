import type { ModelCard } from "../../core/model-card.ts";
import type { Reading } from "../../core/reading.ts";
import type { Score } from "../../core/score.ts";
import type { Tag } from "../../core/tag.ts";
import { type Band, createTimeAxis, type TimeAxis } from "../time-axis.ts";

/** What a report draws of a tag. */
export interface RecordedTag {
  readonly tag: Tag;
  readonly values: Band;
  /** Share of the score, 0 to 1, dimmed below the threshold: what makes up a normal score says nothing. */
  readonly contribution: Band;
}

/** What a report draws of a model. */
export interface RecordedScores {
  readonly scores: Band;
  readonly threshold: Band;
  /** Empty for a model without a level of warning. */
  readonly warning: Band;
}

/** Gathers what a report draws while models are evaluated, in memory that does not grow with the trace. */
export interface Recording {
  readonly axis: TimeAxis;
  /** Of the first model. */
  readonly tags: readonly RecordedTag[];
  /** One per model, in the order in which they were added. */
  readonly models: readonly RecordedScores[];
  /** Hands readings on, and keeps what is drawn of them. Once, for the first model. */
  hear(chunks: AsyncIterable<Iterable<Reading>>): AsyncIterable<Iterable<Reading>>;
  /** What is to be told of the scores of one more model; the contributions of the first one are kept. */
  addModel(): (score: Score) => void;
}

/** Creates a recording of a trace as the model sees it that the report is about. */
export function createRecording({ tags, periodMs }: ModelCard): Recording {
  const axis = createTimeAxis(periodMs);
  const recorded = tags.map((tag) => ({
    tag,
    values: axis.addBand(),
    contribution: axis.addBand(),
  }));
  const valuesOf = new Map(recorded.map(({ tag, values }) => [tag.name, values]));
  const models: RecordedScores[] = [];
  return {
    axis,
    tags: recorded,
    models,
    async *hear(chunks) {
      for await (const chunk of chunks) {
        for (const { tag, timeMs, value } of chunk) {
          const values = valuesOf.get(tag);
          if (values !== undefined) axis.put(values, timeMs, value);
        }
        yield chunk;
      }
    },
    addModel() {
      const isFirst = models.length === 0;
      const bands = {
        scores: axis.addBand(),
        threshold: axis.addBand(),
        warning: axis.addBand(),
      };
      models.push(bands);
      return ({ endMs, value, threshold, warningThreshold = Number.NaN, contributions }) => {
        axis.put(bands.scores, endMs, value);
        axis.put(bands.threshold, endMs, threshold);
        axis.put(bands.warning, endMs, warningThreshold);
        if (!isFirst) return;
        const strength = strengthOf(value, threshold);
        contributions.forEach(({ share }, place) => {
          const band = recorded[place]?.contribution;
          if (band !== undefined) axis.put(band, endMs, share * strength);
        });
      };
    },
  };
}

/** 1 from the threshold on, 0 where the score is no higher than usual. */
function strengthOf(value: number, threshold: number): number {
  if (value >= threshold) return 1;
  return threshold > 0 ? Math.max(0, value / threshold) ** 2 : 0;
}
