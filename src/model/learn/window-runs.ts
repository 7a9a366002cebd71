import type { Frame } from "../../core/frame.ts";
import { follows } from "../../math/grid.ts";
import type { RowSpan } from "../../math/row-run.ts";

/** Finds the stretches of rows that follow each other on the grid and can all be learnt from. */
export function findRuns(frames: readonly Frame[], usable: Uint8Array): RowSpan[] {
  const runs: RowSpan[] = [];
  let from = 0;
  for (let row = 0; row <= frames.length; row += 1) {
    const frame = frames[row];
    const goesOn = frame !== undefined && usable[row] === 1 && follows(frames[row - 1], frame);
    if (goesOn && row > from) continue;
    if (row > from) runs.push({ from, to: row });
    from = usable[row] === 1 ? row : row + 1;
  }
  return runs;
}

/** The part of each run that lies within a span, or outside of it. */
export function cutRuns(
  runs: readonly RowSpan[],
  span: RowSpan,
): { readonly within: RowSpan[]; readonly outside: RowSpan[] } {
  const overlap = ({ from, to }: RowSpan, low: number, high: number): RowSpan => ({
    from: Math.max(from, low),
    to: Math.min(to, high),
  });
  const isSome = ({ from, to }: RowSpan): boolean => to > from;
  return {
    within: runs.map((run) => overlap(run, span.from, span.to)).filter(isSome),
    outside: runs
      .flatMap((run) => [
        overlap(run, 0, span.from),
        overlap(run, span.to, Number.POSITIVE_INFINITY),
      ])
      .filter(isSome),
  };
}

/** First rows of all windows that lie within the runs, ascending. */
export function startsOf(runs: readonly RowSpan[], length: number): Uint32Array {
  const starts: number[] = [];
  for (const { from, to } of runs) {
    for (let start = from; start + length <= to; start += 1) starts.push(start);
  }
  return Uint32Array.from(starts);
}

/** Contiguous blocks of time, as even as can be. */
export function splitBlocks(rows: number, blocks: number): RowSpan[] {
  return Array.from({ length: blocks }, (_, block) => ({
    from: Math.floor((block * rows) / blocks),
    to: Math.floor(((block + 1) * rows) / blocks),
  }));
}

/** At most so many of the starts, evenly spaced. */
export function sampleStarts(starts: Uint32Array, most: number): Uint32Array {
  const every = Math.ceil(starts.length / most);
  return starts.filter((_, place) => place % every === 0);
}
