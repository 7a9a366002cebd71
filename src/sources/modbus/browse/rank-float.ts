import { binaryDigits, bitsOf, changeBits, eitherWay, wholeSeriesBits } from "./rank-series.ts";

/** A series of floating point numbers, and how they lie in the registers. */
export interface FloatSeries {
  readonly values: readonly number[];
  /** The bits of each value, read as a whole number without sign. */
  readonly patterns: readonly bigint[];
  /** Bits of one value. */
  readonly width: 16 | 32 | 64;
}

const FRACTION_BITS = { 16: 10, 32: 23, 64: 52 } as const;

/** Share of series of which all values have few decimals: set points, and sensors that were integers once. */
const DECIMAL = 0.3;
const MAX_DECIMALS = 3;
const DECIMAL_DIGITS = 20;

const ZERO = 0.1;
const NAN = 0.02;
const INFINITE = 0.004;
const NEGATIVE = 0.2;
/** Binary exponent of what people measure: around 30, two of three between 0.7 and 1500, nearly all between 0.001 and a million. */
const EXPONENT_MEAN = 5;
const EXPONENT_DEVIATION = 5.5;
/** Share of numbers of any exponent at all. */
const ANY_EXPONENT = 0.03;
/** Share of changes by less than half or the double. */
const NEAR = 0.95;

/** As for whole numbers, with the expectation that the value is something that people measure. */
export function floatSeriesBits(series: FloatSeries): number {
  const { values, patterns, width } = series;
  const fraction = FRACTION_BITS[width];
  const ordered = patterns.map((pattern) => inOrder(pattern, width));
  const chanceOf = (_from: bigint, digits: number): number =>
    (digits <= fraction ? NEAR / fraction : 0) + (1 - NEAR) / width;
  // A value that goes through zero jumps from the smallest positive to the smallest negative number, which is far.
  const likeBefore = (from: bigint, to: bigint): number =>
    2 + 2 * Math.abs(exponentOf(from, fraction) - exponentOf(to, fraction)) + fraction;
  const plain =
    firstBits(values[0] as number, patterns[0] as bigint, width) +
    changeBits(ordered, chanceOf, likeBefore);
  return eitherWay(plain, decimalBits(values, width), DECIMAL);
}

function firstBits(value: number, pattern: bigint, width: 16 | 32 | 64): number {
  const fraction = FRACTION_BITS[width];
  if (pattern === 0n) return bitsOf(ZERO);
  if (Number.isNaN(value)) return bitsOf(NAN) + nanBits(pattern, width);
  if (!Number.isFinite(value)) return bitsOf(INFINITE) + 1;
  const sign = bitsOf(value < 0 || Object.is(value, -0) ? NEGATIVE : 1 - NEGATIVE);
  const exponent = exponentOf(inOrder(pattern, width), fraction) - 2 ** (width - fraction - 2) + 1;
  const distance = (exponent - EXPONENT_MEAN) / EXPONENT_DEVIATION;
  const usual =
    Math.exp((-distance * distance) / 2) / (EXPONENT_DEVIATION * Math.sqrt(2 * Math.PI));
  const any = ANY_EXPONENT / 2 ** (width - fraction - 1);
  return sign + bitsOf((1 - ANY_EXPONENT) * usual + any) + fraction;
}

/** Devices send one of few patterns for "no value": the quiet NaN without payload, or all bits set but for the sign. */
function nanBits(pattern: bigint, width: 16 | 32 | 64): number {
  const rest = pattern & ((1n << BigInt(width - 1)) - 1n);
  const fraction = BigInt(FRACTION_BITS[width]);
  const ones = (1n << BigInt(width - 1)) - 1n;
  const quiet = ones ^ ((1n << (fraction - 1n)) - 1n);
  return rest === quiet || rest === ones ? 2 : Number(fraction) + 2;
}

/** All values as multiples of the same power of ten, told as whole numbers. */
function decimalBits(values: readonly number[], width: 16 | 32 | 64): number {
  const round = width === 32 ? Math.fround : (value: number): number => value;
  for (let decimals = 0; decimals <= MAX_DECIMALS; decimals += 1) {
    const unit = 10 ** decimals;
    const wholes = values.map((value) => Math.round(value * unit));
    const exact = wholes.every(
      (whole, look) =>
        Math.abs(whole) < 2 ** DECIMAL_DIGITS && Object.is(round(whole / unit), values[look]),
    );
    if (!exact) continue;
    const series = { values: wholes.map(BigInt), width: DECIMAL_DIGITS, signed: true };
    return Math.log2(MAX_DECIMALS + 1) + wholeSeriesBits(series);
  }
  return Number.POSITIVE_INFINITY;
}

/** Whole numbers in the same order as the floats: neighbours differ by one. */
function inOrder(pattern: bigint, width: number): bigint {
  const sign = 1n << BigInt(width - 1);
  return pattern < sign ? pattern : sign - pattern;
}

function exponentOf(ordered: bigint, fraction: number): number {
  const size = ordered < 0n ? -ordered : ordered;
  return binaryDigits(size) > fraction ? Number(size >> BigInt(fraction)) : 0;
}
