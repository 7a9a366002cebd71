/**
 * How many bits it takes to tell somebody a series of whole numbers who expects what machines do: numbers of any magnitude, each equally
 * likely; a next look that finds the same number, or one that differs by less than the number is big. It is
 * minus the binary logarithm of a probability, so the bits of rival readings of the same registers compare.
 */
export interface WholeSeries {
  readonly values: readonly bigint[];
  /** How many binary digits a value can have. */
  readonly width: number;
  readonly signed: boolean;
}

/** Values below zero are rarer than those above. */
const NEGATIVE = 0.2;
/** Share of changes that are no larger than the number itself. */
const SMALL = 0.9;
/** A change of up to four binary digits counts as small, however small the number. */
const SMALL_DIGITS = 4;

export function wholeSeriesBits({ values, width, signed }: WholeSeries): number {
  const first = values[0] as bigint;
  const digits = binaryDigits(first);
  const sign = signed ? bitsOf(first < 0n ? NEGATIVE : 1 - NEGATIVE) : 0;
  const chanceOf = (from: bigint, step: number): number => {
    const usual = Math.min(width, Math.max(SMALL_DIGITS, binaryDigits(from)));
    return (step <= usual ? SMALL / usual : 0) + (1 - SMALL) / width;
  };
  const start = sign + bitsOf(1 / (width + 1)) + Math.max(0, digits - 1);
  // Numbers of 16 bits without sign are often sixteen states, of which a few change.
  const otherWay = width === 16 && !signed ? flippedBits : undefined;
  return start + changeBits(values, chanceOf, otherWay);
}

/** So many bits change, and any of them. */
function flippedBits(from: bigint, to: bigint): number {
  let choices = 1;
  let flips = 0;
  for (let rest = from ^ to; rest > 0n; rest &= rest - 1n) {
    choices *= (16 - flips) / (flips + 1);
    flips += 1;
  }
  return Math.log2(16) + Math.log2(choices);
}

/** Another way in which a value can come after another, in bits. */
export type OtherWay = (from: bigint, to: bigint) => number;

/** Share of changes that go the other way. */
const OTHER = 0.1;

/**
 * The bits of all values but the first.
 *
 * Whether a value changes, in which direction, and by how many binary digits is learnt from look to look: a constant costs less each time.
 *
 * @param chanceOf probability that a change from a value has so many binary digits
 */
export function changeBits(
  values: readonly bigint[],
  chanceOf: (from: bigint, digits: number) => number,
  otherWay?: OtherWay,
): number {
  const changed = learner();
  const upward = learner();
  let lastDigits: number | undefined;
  let bits = 0;
  for (let look = 1; look < values.length; look += 1) {
    const [from, to] = [values[look - 1] as bigint, values[look] as bigint];
    bits += changed(from !== to);
    if (from === to) continue;
    const digits = binaryDigits(to - from);
    const chance = chanceOf(from, digits);
    const learnt = lastDigits === undefined ? chance : likeLast(digits - lastDigits);
    const step = upward(to > from) + bitsOf((chance + learnt) / 2) + digits - 1;
    bits += otherWay ? eitherWay(step, otherWay(from, to), OTHER) : step;
    lastDigits = digits;
  }
  return bits;
}

/** Bits of something that can be said in two ways, the second of which is meant with probability `share`. */
export function eitherWay(bits: number, otherBits: number, share: number): number {
  return -logSum2(-bits + Math.log2(1 - share), -otherBits + Math.log2(share));
}

/** Binary logarithm of the sum of two numbers of which the logarithms are given. */
export function logSum2(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === Number.NEGATIVE_INFINITY) return high;
  return high + Math.log2(1 + 2 ** (Math.min(a, b) - high));
}

export function bitsOf(probability: number): number {
  return -Math.log2(probability);
}

/** Binary digits of a number without its sign, 64 at most; none for zero. */
export function binaryDigits(value: bigint): number {
  const size = value < 0n ? -value : value;
  const high = Number(size >> 32n);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(size & 0xffff_ffffn));
}

/** The estimator of Krichevsky and Trofimov (1981): half a case of each kind has been seen before the first. */
function learner(): (isSo: boolean) => number {
  const seen: [number, number] = [0.5, 0.5];
  return (isSo) => {
    const kind = isSo ? 1 : 0;
    const bits = bitsOf(seen[kind] / (seen[0] + seen[1]));
    seen[kind] += 1;
    return bits;
  };
}

/** Probability that a change has so many binary digits more than the one before. */
function likeLast(more: number): number {
  return [0.4, 0.2, 0.1][Math.abs(more)] ?? 0;
}
