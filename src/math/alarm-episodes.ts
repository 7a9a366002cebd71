/** Scores in time order, and what makes an alarm of them. */
export interface ScoreRecord {
  /** `NaN` where a window was not judged. */
  readonly scores: Float64Array;
  /** First index of each contiguous block, ascending. */
  readonly blocks: Uint32Array;
  /** How many windows in a row must reach the threshold; 1 when the first one raises the alarm. */
  readonly onDelayWindows: number;
  /** Alarms with no more than this many windows between them are one episode. */
  readonly quietWindows: number;
}

/** More windows than this in a row that are not judged interrupt an on-delay. */
const MOST_UNJUDGED = 2;

/**
 * The highest threshold at which each window would raise an alarm: the lowest score of the last `onDelayWindows` judged ones. `NaN` where
 * the window was not judged or fewer came before it in its block.
 */
export function alarmLevels({ scores, blocks, onDelayWindows }: ScoreRecord): Float64Array {
  const levels = new Float64Array(scores.length).fill(Number.NaN);
  const blockOf = numberBlocks(blocks, scores.length);
  const recent: number[] = [];
  let unjudged = 0;
  scores.forEach((score, at) => {
    if (blockOf[at] !== blockOf[at - 1] || unjudged > MOST_UNJUDGED) recent.length = 0;
    unjudged = Number.isNaN(score) ? unjudged + 1 : 0;
    if (unjudged > 0) return;
    recent.push(score);
    if (recent.length > onDelayWindows) recent.shift();
    if (recent.length === onDelayWindows) levels[at] = Math.min(...recent);
  });
  return levels;
}

/** The highest level of each episode at or above the threshold, in time order. */
export function episodePeaks(
  levels: Float64Array,
  { blocks, quietWindows }: ScoreRecord,
  threshold: number,
): Float64Array {
  const blockOf = numberBlocks(blocks, levels.length);
  const peaks: number[] = [];
  let last = -1;
  levels.forEach((level, at) => {
    if (!(level >= threshold)) return;
    const isSame = blockOf[at] === blockOf[last] && at - last - 1 <= quietWindows;
    peaks.push(isSame ? Math.max(peaks.pop() as number, level) : level);
    last = at;
  });
  return Float64Array.from(peaks);
}

/** How many alarm episodes each threshold would give. */
export interface EpisodeCurve {
  /** The levels that occur, highest first, each once. */
  readonly thresholds: Float64Array;
  /** Episodes at or above each of them: rises at first, and sinks where episodes grow together. */
  readonly counts: Uint32Array;
}

/** Counts the episodes for every threshold, from the highest down. */
export function episodeCurve(
  levels: Float64Array,
  { blocks, quietWindows }: ScoreRecord,
): EpisodeCurve {
  const order = Uint32Array.from(levels, (_, at) => at)
    .filter((at) => !Number.isNaN(levels[at]))
    .sort((a, b) => (levels[b] as number) - (levels[a] as number));
  const isAbove = new Uint8Array(levels.length);
  const blockOf = numberBlocks(blocks, levels.length);
  const thresholds: number[] = [];
  const counts: number[] = [];
  let count = 0;
  for (const at of order) {
    const before = nearest(isAbove, blockOf, at, -1, quietWindows);
    const after = nearest(isAbove, blockOf, at, 1, quietWindows);
    count += 1 - (before > 0 ? 1 : 0) - (after > 0 ? 1 : 0);
    if (before > 0 && after > 0 && before + after - 1 <= quietWindows) count += 1;
    isAbove[at] = 1;
    const level = levels[at] as number;
    if (level === thresholds.at(-1)) counts.pop();
    else thresholds.push(level);
    counts.push(count);
  }
  return { thresholds: Float64Array.from(thresholds), counts: Uint32Array.from(counts) };
}

function numberBlocks(blocks: Uint32Array, length: number): Uint32Array {
  const blockOf = new Uint32Array(length);
  blocks.forEach((first, block) => {
    blockOf.fill(block, first);
  });
  return blockOf;
}

/** How far away the next window above is, within reach and in the same block; 0 when there is none. */
function nearest(
  isAbove: Uint8Array,
  blockOf: Uint32Array,
  at: number,
  step: 1 | -1,
  quietWindows: number,
): number {
  for (let distance = 1; distance <= quietWindows + 1; distance += 1) {
    const place = at + step * distance;
    if (blockOf[place] !== blockOf[at]) return 0;
    if (isAbove[place] === 1) return distance;
  }
  return 0;
}
