// The arithmetic of ../window-kernel.ts, in AssemblyScript; `npm run build:kernel` compiles it. Addresses are in bytes; numbers in
// memory are float32 where nothing else is said.

/** Rows of a matrix that are worked on at once, and frames: eight sums in registers, as a processor needs to be busy. */
const ROWS: usize = 8;
const FRAMES: usize = 4;
/** One block of a matrix: a column of its rows. */
const COLUMN: usize = 4 * ROWS;
const LINE: usize = 64;

let length: usize = 0;
let tags: usize = 0;
/** Of a window. */
let cells: usize = 0;
/** Tags, up to whole blocks. */
let lanes: usize = 0;
let top: usize = 0;

/** Windows: normalized, and what the network answers. */
export let input: usize = 0;
export let output: usize = 0;
/** In float64. */
export let means: usize = 0;
export let shares: usize = 0;
/** Windows in engineering units that wait, each `apart` numbers after the one before, and one that comes from elsewhere; in float64. */
export let room: usize = 0;
export let apart: usize = 0;
export let values: usize = 0;
/**
 * For `pattern` cells, after which it is the first tag's turn again, two by two: what is taken from both, and what the rest is
 * multiplied by. In float64.
 */
export let factors: usize = 0;
export let pattern: usize = 0;
/** Matrices in blocks of 8 rows, column by column: of the residuals, of the frames, and the upper triangular one for their roomy distance. */
export let whitening: usize = 0;
export let precision: usize = 0;
export let roomy: usize = 0;

/** One window, and frames of zeros up to whole groups. */
let residuals: usize = 0;
let frames: usize = 0;
/** One sum of squares per lane. */
let ofResiduals: usize = 0;
let ofFrames: usize = 0;
let ofRoomy: usize = 0;
/** Room for four cells. */
let rest: usize = 0;

/** Finds room for everything. To be called once, before anything else. */
export function layOut(capacity: usize, windowLength: usize, columns: usize, waiting: usize): void {
  length = windowLength;
  tags = columns;
  cells = length * tags;
  lanes = upTo(ROWS, tags);
  pattern = tags;
  while (pattern % 4 !== 0) pattern += tags;
  input = take(4 * capacity * cells);
  output = take(4 * capacity * cells);
  means = take(8 * capacity);
  shares = take(8 * capacity * tags);
  apart = upTo(LINE / 8, cells);
  room = take(8 * waiting * apart);
  values = take(8 * apart);
  factors = take(16 * pattern);
  whitening = take(4 * lanes * tags);
  precision = take(4 * lanes * tags);
  roomy = take(4 * lanes * tags);
  residuals = take(4 * upTo(FRAMES, length) * tags);
  frames = take(4 * upTo(FRAMES, length) * tags);
  ofResiduals = take(4 * lanes);
  ofFrames = take(4 * lanes);
  ofRoomy = take(4 * lanes);
  rest = take(LINE);
  memory.grow(<i32>((top + 0xffff) >>> 16) - memory.size());
}

function upTo(multiple: usize, count: usize): usize {
  return (count + multiple - 1) & -multiple;
}

function take(size: usize): usize {
  const address = top;
  top += upTo(LINE, size);
  return address;
}

/** Normalizes the window at `from` into a place of `input`. @returns how many cells are not finite numbers */
export function normalize(place: usize, from: usize, clip: f32): i32 {
  const highest = f32x4.splat(clip);
  const lowest = f32x4.splat(-clip);
  const first = factors;
  const afterLast = first + pattern * 16;
  let factor = first;
  let target = input + 4 * place * cells;
  const end = target + 4 * cells;
  let known = i32x4.splat(0);
  let four = known;
  let value = from;
  for (; target < end; target += 16, value += 32) {
    const low = scaled(value, factor);
    const high = scaled(value + 16, factor + 32);
    factor = factor + 64 === afterLast ? first : factor + 64;
    const x = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
    const isKnown = f32x4.eq(x, x);
    known = i32x4.sub(known, isKnown);
    four = v128.and(f32x4.pmin(highest, f32x4.pmax(lowest, x)), isKnown);
    if (target + 16 > end) break; // the next window begins within these four
    v128.store(target, four);
  }
  v128.store(rest, four);
  if (target < end) memory.copy(target, rest, end - target);
  return <i32>upTo(4, cells) - sumOfCounts(known);
}

/** Two cells in float32; not a number where the value is not finite. */
function scaled(value: usize, factor: usize): v128 {
  const x = v128.load(value);
  const moved = f64x2.mul(f64x2.sub(x, v128.load(factor)), v128.load(factor, 16));
  return f32x4.demote_f64x2_zero(f64x2.add(moved, f64x2.sub(x, x)));
}

function sumOfCounts(counts: v128): i32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

/** Measures windows; `hasFrames`: whether the distance of their frames counts, too. */
export function measure(from: usize, to: usize, hasFrames: bool): void {
  for (let place = from; place < to; place += 1) {
    takeWindow(4 * place * cells);
    sumSquares(residuals, whitening, ofResiduals, false);
    if (hasFrames) {
      sumSquares(frames, precision, ofFrames, false);
      sumSquares(frames, roomy, ofRoomy, true);
    }
    const sum = total(ofResiduals);
    store<f64>(means + 8 * place, (sum + total(ofRoomy)) / <f64>cells);
    share(shares + 8 * place * tags, sum);
  }
}

/** Copies a window, and how far off its reconstruction is. */
function takeWindow(offset: usize): void {
  const size = cells * 4;
  const asked = input + offset;
  const answered = output + offset;
  const toFrames = frames;
  const toResiduals = residuals;
  for (let at: usize = 0; at < size; at += 16) {
    const value = v128.load(asked + at);
    v128.store(toFrames + at, value);
    v128.store(toResiduals + at, f32x4.sub(value, v128.load(answered + at)));
  }
  for (let at = size; at % 16 !== 0; at += 4) {
    store<f32>(toFrames + at, 0); // began the next window
    store<f32>(toResiduals + at, 0);
  }
}

/**
 * Multiplies each frame by a matrix, squares, and sums up each row over the frames.
 *
 * Sums are float32, of four frames each at first, so that long windows lose no digits that matter.
 */
function sumSquares(frames: usize, matrix: usize, sums: usize, isTriangular: bool): void {
  const frame: usize = 4 * tags;
  const end = frames + upTo(FRAMES, length) * frame;
  for (let row: usize = 0; row < lanes; row += ROWS) {
    const skipped: usize = isTriangular ? row : 0;
    const block = matrix + row * frame + skipped * COLUMN;
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    for (let group = frames; group < end; group += FRAMES * frame) {
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let b0 = f32x4.splat(0);
      let b1 = f32x4.splat(0);
      let c0 = f32x4.splat(0);
      let c1 = f32x4.splat(0);
      let d0 = f32x4.splat(0);
      let d1 = f32x4.splat(0);
      let column = block;
      for (let x = group + 4 * skipped; x < group + frame; x += 4) {
        const upper = v128.load(column);
        const lower = v128.load(column, 16);
        const a = v128.load32_splat(x);
        a0 = f32x4.relaxed_madd(a, upper, a0);
        a1 = f32x4.relaxed_madd(a, lower, a1);
        const b = v128.load32_splat(x + frame);
        b0 = f32x4.relaxed_madd(b, upper, b0);
        b1 = f32x4.relaxed_madd(b, lower, b1);
        const c = v128.load32_splat(x + 2 * frame);
        c0 = f32x4.relaxed_madd(c, upper, c0);
        c1 = f32x4.relaxed_madd(c, lower, c1);
        const d = v128.load32_splat(x + 3 * frame);
        d0 = f32x4.relaxed_madd(d, upper, d0);
        d1 = f32x4.relaxed_madd(d, lower, d1);
        column += COLUMN;
      }
      sum0 = f32x4.add(sum0, squares(a0, b0, c0, d0));
      sum1 = f32x4.add(sum1, squares(a1, b1, c1, d1));
    }
    v128.store(sums + 4 * row, sum0);
    v128.store(sums + 4 * row, sum1, 16);
  }
}

function squares(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.relaxed_madd(a, a, f32x4.mul(b, b));
  const cd = f32x4.relaxed_madd(c, c, f32x4.mul(d, d));
  return f32x4.add(ab, cd);
}

function total(sums: usize): f64 {
  let sum: f64 = 0;
  for (let tag: usize = 0; tag < tags; tag += 1) sum += at(sums, tag);
  return sum;
}

/** Each tag's distance, counted up to twice by its part of the residuals; that part alone where no frame is off. */
function share(target: usize, sum: f64): void {
  const perResidual = sum > 0 ? 1 / sum : 0;
  const evenly = sum > 0 ? 0 : 1 / <f64>tags;
  let weighed: f64 = 0;
  for (let tag: usize = 0; tag < tags; tag += 1) {
    const part = at(ofResiduals, tag) * perResidual + evenly;
    store<f64>(target + 8 * tag, part);
    weighed += at(ofFrames, tag) * (1 + part);
  }
  if (!(weighed > 0)) return;
  const perDistance = 1 / weighed;
  for (let tag: usize = 0; tag < tags; tag += 1) {
    const part = load<f64>(target + 8 * tag);
    store<f64>(target + 8 * tag, at(ofFrames, tag) * (1 + part) * perDistance);
  }
}

function at(sums: usize, tag: usize): f64 {
  return <f64>load<f32>(sums + 4 * tag);
}
