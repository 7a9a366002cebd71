/** Rows of measurements, and where the windows on them are. */
export interface WindowedFrames {
  /** Shape `[rows, tags]`, normalized; every cell of a window must be finite. */
  readonly frames: Float32Array | Float64Array;
  /** First row of each window, ascending. */
  readonly starts: Uint32Array;
  /** Frames in a window. */
  readonly length: number;
  /** Values in a frame. */
  readonly tags: number;
}

/** The mean of `x x'` over windows `x`. */
export interface WindowMoments {
  /** Shape `[cells, cells]`, symmetric. */
  readonly matrix: Float64Array;
  /** How many windows were looked at. */
  readonly windows: number;
}

/** Windows that share nothing are thinned out to this many, evenly. */
const MAX_WINDOWS = 20_000;
/** ... or fewer, to stay within so many multiplications (some seconds) ... */
const MAX_PRODUCTS = 4e9;
/** ... but not below this many windows for each cell, or the matrix would say too little. */
const WINDOWS_PER_CELL = 2;

/**
 * Adds up the second moments of windows without making the windows.
 *
 * Where windows follow each other at a distance `hop`, the products of rows `a` and `b` of one window are those of rows `a + hop` and `b + hop` of
 * the window before. So only the first `hop` rows are multiplied out, and the others follow from what enters and what leaves at the ends of each
 * run of windows. Where no more than half of the windows have a neighbour there is nothing to share; then at most 20,000 of them are taken, evenly.
 */
export function windowMoments(given: WindowedFrames): WindowMoments {
  const cells = given.length * given.tags;
  const shared = findRuns(given.starts, given.length);
  const { runs, hop, windows } = shared ?? apart(thinned(given.starts, cells), given.length);
  const matrix = new Float64Array(cells * cells);
  multiplyOut(matrix, given, runs, hop);
  shiftDown(matrix, given, runs, hop);
  finish(matrix, cells, windows);
  return { matrix, windows };
}

/** Windows that start at `first`, `first + hop`, ... `last`. */
interface Run {
  readonly first: number;
  readonly last: number;
}

interface Runs {
  readonly runs: readonly Run[];
  readonly hop: number;
  readonly windows: number;
}

/** Windows one by one, each multiplied out as a whole. */
function apart(starts: Uint32Array, length: number): Runs {
  const runs = Array.from(starts, (start) => ({ first: start, last: start }));
  return { runs, hop: length, windows: starts.length };
}

/** Finds the windows that follow each other at the smallest distance; `undefined` where that does not pay. */
function findRuns(starts: Uint32Array, length: number): Runs | undefined {
  let hop = length;
  for (let at = 1; at < starts.length; at += 1) {
    const distance = (starts[at] as number) - (starts[at - 1] as number);
    if (distance > 0) hop = Math.min(hop, distance);
  }
  if (hop === length) return undefined;
  const runs: { first: number; last: number }[] = [];
  for (const start of starts) {
    const run = runs.at(-1);
    if (run && start === run.last + hop) run.last = start;
    else runs.push({ first: start, last: start });
  }
  return runs.length > starts.length / 2 ? undefined : { runs, hop, windows: starts.length };
}

function thinned(starts: Uint32Array, cells: number): Uint32Array {
  const affordable = Math.max(MAX_PRODUCTS / (cells * cells), WINDOWS_PER_CELL * cells);
  const count = Math.min(starts.length, MAX_WINDOWS, Math.ceil(affordable));
  return Uint32Array.from(
    { length: count },
    (_, at) => starts[Math.floor((at * starts.length) / count)] as number,
  );
}

/** Adds the products of each window's first `hop` rows with all cells right of them; four windows at a time, which spares memory traffic. */
function multiplyOut(
  matrix: Float64Array,
  { frames, length, tags }: WindowedFrames,
  runs: readonly Run[],
  hop: number,
): void {
  const cells = length * tags;
  const bases: number[] = [];
  const add = (): void => {
    for (let row = 0; row < hop * tags; row += 1) addRow(matrix, row, cells, frames, bases);
    bases.length = 0;
  };
  for (const { first, last } of runs) {
    for (let start = first; start <= last; start += hop) {
      if (bases.push(start * tags) === 4) add();
    }
  }
  if (bases.length > 0) add();
}

function addRow(
  matrix: Float64Array,
  row: number,
  cells: number,
  frames: Float32Array | Float64Array,
  bases: readonly number[],
): void {
  const [one = 0, two = one, three = one, four = one] = bases;
  const count = bases.length;
  const first = frames[one + row] as number;
  const second = count > 1 ? (frames[two + row] as number) : 0;
  const third = count > 2 ? (frames[three + row] as number) : 0;
  const fourth = count > 3 ? (frames[four + row] as number) : 0;
  const to = row * cells;
  for (let column = row; column < cells; column += 1) {
    matrix[to + column] =
      (matrix[to + column] as number) +
      first * (frames[one + column] as number) +
      second * (frames[two + column] as number) +
      third * (frames[three + column] as number) +
      fourth * (frames[four + column] as number);
  }
}

/** Fills the rows from `hop` on (right of the diagonal) from those `hop` rows above. */
function shiftDown(
  matrix: Float64Array,
  { frames, length, tags }: WindowedFrames,
  runs: readonly Run[],
  hop: number,
): void {
  const cells = length * tags;
  const step = hop * tags;
  for (let row = step; row < cells; row += 1) {
    const to = row * cells;
    for (let column = row; column < cells; column += 1) {
      matrix[to + column] = matrix[to - step * cells + column - step] as number;
    }
    for (const { first, last } of runs) {
      const entering = last * tags;
      const leaving = (first - hop) * tags;
      const plus = frames[entering + row] as number;
      const minus = frames[leaving + row] as number;
      for (let column = row; column < cells; column += 1) {
        const enters = plus * (frames[entering + column] as number);
        const leaves = minus * (frames[leaving + column] as number);
        matrix[to + column] = (matrix[to + column] as number) + enters - leaves;
      }
    }
  }
}

/** Divides by the number of windows and mirrors the half that was added up. */
function finish(matrix: Float64Array, cells: number, windows: number): void {
  for (let row = 0; row < cells; row += 1) {
    for (let column = row; column < cells; column += 1) {
      const mean = (matrix[row * cells + column] as number) / Math.max(1, windows);
      matrix[row * cells + column] = mean;
      matrix[column * cells + row] = mean;
    }
  }
}
