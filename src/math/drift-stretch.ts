import type { FrameWindow } from "../core/frame.ts";
import type { ModelCard } from "../core/model-card.ts";
import type { Score } from "../core/score.ts";
import { normalized, stepAt } from "./normalizer.ts";

/** The stretch is compared in so many parts: as an hour is to a day. */
const SEGMENTS = 24;
/** Rows of a segment that are looked at, at most: what a row costs grows with the square of the tags. */
const ROWS_PER_SEGMENT = 360;
/** From this share of the stretch on, what is anomalous is no incident that passes: it is what the machine does. */
const LASTING_SHARE = 0.5;

/** What was seen in one part of the stretch. */
export interface SegmentMoments {
  /** Rows; above 0. */
  readonly rows: number;
  /** Shape `[tags]`: mean of the normalized values. */
  readonly mean: Float64Array;
  /** Shape `[tags]`: variance, within the segment, of what the other tags do not explain of each, normalized. */
  readonly variance: Float64Array;
  /** Mean of the scores. */
  readonly score: number;
}

/** The newest stretch of what one machine did. */
export interface DriftStretch {
  readonly startMs: number;
  readonly endMs: number;
  /** In time order; those in which the machine was seen as it usually is. */
  readonly segments: readonly SegmentMoments[];
}

export interface DriftCollector {
  /** Takes in the next window; gives the whole stretch whenever another part of it is complete. */
  push(score: Score, window: FrameWindow): DriftStretch | undefined;
}

/**
 * Collects moments of the newest row of every window that was judged, over a stretch of running time that moves on by a 24th at a time.
 *
 * Rows with an unknown cell are left out, as in training, and so are anomalous windows: an incident is no drift. When these are
 * half of the stretch or more, they are what the machine does now, and count. Memory: 96 arrays of one number per tag; time: `tags` squared for 360 rows of
 * each part, nothing for the other rows.
 *
 * @param precision shape `[tags, tags]`: inverse covariance of normal frames, normalized
 */
export function createDriftCollector(
  card: Pick<ModelCard, "normalizer" | "periodMs" | "stride">,
  precision: Float64Array,
  stretchMs: number,
): DriftCollector {
  const windows = Math.max(2, Math.round(stretchMs / SEGMENTS / (card.stride * card.periodMs)));
  const every = Math.max(1, Math.floor(windows / ROWS_PER_SEGMENT));
  const tags = card.normalizer.center.length;
  const row = new Float64Array(tags);
  const unexplained = new Float64Array(tags);
  const segments: Segment[] = [];
  let segment: Segment | undefined;

  const note = (target: Segment, { verdict, value }: Score): void => {
    explain(unexplained, row, precision);
    target.all.push(row, unexplained, value);
    if (verdict === "normal") target.calm.push(row, unexplained, value);
  };

  return {
    push(score, window) {
      if (!isJudged(score) || !readNewestRow(row, window, card)) return undefined;
      segment ??= createSegment(tags, window.endMs);
      segment.endMs = window.endMs;
      if (segment.windows % every === 0) note(segment, score);
      segment.windows += 1;
      if (segment.windows < windows) return undefined;
      segments.push(segment);
      segment = undefined;
      if (segments.length > SEGMENTS) segments.shift();
      return segments.length < SEGMENTS ? undefined : stretchOf(segments);
    },
  };
}

function isJudged({ verdict }: Score): boolean {
  return verdict === "normal" || verdict === "anomalous";
}

interface Segment {
  readonly startMs: number;
  endMs: number;
  windows: number;
  readonly all: Tally;
  readonly calm: Tally;
}

function createSegment(tags: number, startMs: number): Segment {
  const [all, calm] = [createTally(tags), createTally(tags)];
  return { startMs, endMs: startMs, windows: 0, all, calm };
}

function stretchOf(segments: readonly Segment[]): DriftStretch {
  const rowsOf = (kind: "all" | "calm"): number =>
    segments.reduce((sum, segment) => sum + segment[kind].moments().rows, 0);
  const kind = rowsOf("calm") > LASTING_SHARE * rowsOf("all") ? "calm" : "all";
  return {
    startMs: (segments[0] as Segment).startMs,
    endMs: (segments.at(-1) as Segment).endMs,
    segments: segments.map((segment) => segment[kind].moments()).filter(({ rows }) => rows > 1),
  };
}

interface Tally {
  push(row: Float64Array, unexplained: Float64Array, score: number): void;
  moments(): SegmentMoments;
}

/** Adds up moments, the variance by Welford's recurrence (1962). */
function createTally(tags: number): Tally {
  const mean = new Float64Array(tags);
  const center = new Float64Array(tags);
  const squares = new Float64Array(tags);
  let rows = 0;
  let score = 0;
  return {
    push(row, unexplained, value) {
      rows += 1;
      score += (value - score) / rows;
      for (let tag = 0; tag < tags; tag += 1) {
        mean[tag] = (mean[tag] as number) + ((row[tag] as number) - (mean[tag] as number)) / rows;
        const one = unexplained[tag] as number;
        const distance = one - (center[tag] as number);
        center[tag] = (center[tag] as number) + distance / rows;
        squares[tag] = (squares[tag] as number) + distance * (one - (center[tag] as number));
      }
    },
    moments: () => ({ rows, mean, variance: squares.map((sum) => sum / (rows - 1)), score }),
  };
}

/** Normalizes the last row of a window; says whether all of it was known. */
function readNewestRow(
  row: Float64Array,
  { values, tags, length }: FrameWindow,
  { normalizer }: Pick<ModelCard, "normalizer">,
): boolean {
  const first = (length - 1) * tags;
  for (let tag = 0; tag < tags; tag += 1) {
    const x = normalizer.differenced?.[tag]
      ? stepAt(values, first + tag, tags)
      : (values[first + tag] as number);
    if (!Number.isFinite(x)) return false;
    row[tag] = normalized(x, tag, normalizer);
  }
  return true;
}

/** Takes off each tag's value what a linear regression on the others makes of it (Hawkins 1991). */
function explain(unexplained: Float64Array, row: Float64Array, precision: Float64Array): void {
  const tags = row.length;
  for (let tag = 0; tag < tags; tag += 1) {
    let sum = 0;
    for (let other = 0; other < tags; other += 1) {
      sum += (precision[tag * tags + other] as number) * (row[other] as number);
    }
    unexplained[tag] = sum / (precision[tag * tags + tag] as number);
  }
}
