import { decodeFloat16 } from "../../../math/float16.ts";
import {
  type ByteOrder,
  type ByteOrder32,
  byteOrdersOf,
  type RegisterType,
  registerCount,
  registerTypes,
} from "../../../math/registers.ts";
import { floatSeriesBits } from "./rank-float.ts";
import { bitsOf, wholeSeriesBits } from "./rank-series.ts";
import { isConstant, TEXT_REGISTERS, textBits } from "./rank-text.ts";

/** What registers can be: a number of some type and byte order, a text, or nothing that says anything. */
export interface RegisterKind {
  readonly type: RegisterType | "text" | "empty";
  readonly byteOrder: ByteOrder;
  /** Fewest and most registers. */
  readonly counts: readonly [least: number, most: number];
  /** The bits that it takes to tell what is in the registers, to somebody who knows that they are of this kind. */
  bits(looks: readonly ArrayLike<number>[], index: number, count: number): number;
  /** How likely the next registers of a device are of this kind. */
  chance(habit: DeviceHabit): number;
}

/** What the values of a device have in common. */
export interface DeviceHabit {
  readonly byteOrder: ByteOrder32;
  /** Whether the bytes of values of 16 bits are swapped, too. */
  readonly swaps16: boolean;
  /** How likely a device has this habit, before anything of it was read. */
  readonly chance: number;
}

const orders: readonly ByteOrder32[] = ["ABCD", "CDAB", "BADC", "DCBA"];
/** The order of 64 bits that goes with an order of 32, and the one with the halves swapped. */
const longOrders: Readonly<Record<ByteOrder32, readonly [ByteOrder, ByteOrder]>> = {
  ABCD: ["ABCDEFGH", "EFGHABCD"],
  CDAB: ["GHEFCDAB", "CDABGHEF"],
  BADC: ["BADCFEHG", "FEHGBADC"],
  DCBA: ["HGFEDCBA", "DCBAHGFE"],
};

/** No order is likelier than another. Who keeps the bytes of floats in order does not swap those of integers. */
export const deviceHabits: readonly DeviceHabit[] = orders.flatMap((byteOrder) =>
  [false, true].map((swaps16) => {
    const maySwap = byteOrder === "BADC" || byteOrder === "DCBA" ? 0.5 : 0.01;
    return { byteOrder, swaps16, chance: (swaps16 ? maySwap : 1 - maySwap) / orders.length };
  }),
);

/** Share of the values that keep the order of their device. */
const KEEPS_32 = 0.94;
const KEEPS_16 = 0.999;
/** Share of the values of 64 bits whose halves come in the same order as the halves of the halves. */
const REGULAR_64 = 0.75;

const typeChances: Readonly<Record<RegisterKind["type"], number>> = {
  uint16: 0.24,
  int16: 0.22,
  float32: 0.22,
  uint32: 0.08,
  int32: 0.05,
  float64: 0.02,
  uint64: 0.015,
  int64: 0.01,
  bcd16: 0.012,
  bcd32: 0.005,
  float16: 0.002,
  text: 0.02,
  empty: 0.106,
};

/** What registers without information hold, and how often. */
const empties: ReadonlyMap<number, number> = new Map([
  [0, 0.8],
  [0xffff, 0.1],
  [0x8000, 0.05],
  [0x7fff, 0.05],
]);

export const registerKinds: readonly RegisterKind[] = [
  ...registerTypes.flatMap((type) =>
    registerCount(type) === 1
      ? (["ABCD", "BADC"] as const).map((byteOrder) => numberKind(type, byteOrder))
      : byteOrdersOf(type).map((byteOrder) => numberKind(type, byteOrder)),
  ),
  textKind("ABCD"),
  textKind("BADC"),
  {
    type: "empty",
    byteOrder: "ABCD",
    counts: [1, 1],
    bits: (looks, index) =>
      isConstant(looks, index, 1)
        ? bitsOf(empties.get(looks[0]?.[index] as number) ?? 0)
        : Number.POSITIVE_INFINITY,
    chance: () => typeChances.empty,
  },
];

function textKind(byteOrder: "ABCD" | "BADC"): RegisterKind {
  const swapped = byteOrder === "BADC";
  return {
    type: "text",
    byteOrder,
    counts: TEXT_REGISTERS,
    bits: (looks, index, count) => textBits(looks, index, count, swapped),
    // Texts are swapped by themselves in devices that keep numbers in order.
    chance: () => typeChances.text / 2,
  };
}

function numberKind(type: RegisterType, byteOrder: ByteOrder): RegisterKind {
  const count = registerCount(type);
  return {
    type,
    byteOrder,
    counts: [count, count],
    bits(looks, index) {
      const patterns = looks.map((words) => patternOf(words, index, byteOrder, count));
      return patternBits(type, patterns);
    },
    chance: (habit) => typeChances[type] * orderChance(byteOrder, count, habit),
  };
}

function orderChance(byteOrder: ByteOrder, count: 1 | 2 | 4, habit: DeviceHabit): number {
  if (count === 1) {
    return (byteOrder === "BADC") === habit.swaps16 ? KEEPS_16 : 1 - KEEPS_16;
  }
  const keeps = (order: ByteOrder32): number =>
    order === habit.byteOrder ? KEEPS_32 : (1 - KEEPS_32) / (orders.length - 1);
  if (count === 2) return keeps(byteOrder as ByteOrder32);
  const half = orders.find((order) => longOrders[order].includes(byteOrder)) as ByteOrder32;
  return keeps(half) * (longOrders[half][0] === byteOrder ? REGULAR_64 : 1 - REGULAR_64);
}

/** The bytes of a value, most significant first, as one whole number. */
function patternOf(
  words: ArrayLike<number>,
  index: number,
  byteOrder: ByteOrder,
  count: number,
): bigint {
  let pattern = 0n;
  for (let place = 0; place < 2 * count; place += 1) {
    const word = words[index + (place >> 1)] as number;
    const byte = place % 2 === 0 ? word >> 8 : word & 0xff;
    const below = 2 * count - 1 - (byteOrder.charCodeAt(place) - "A".charCodeAt(0));
    pattern |= BigInt(byte) << BigInt(8 * below);
  }
  return pattern;
}

const scratch = new DataView(new ArrayBuffer(8));

function patternBits(type: RegisterType, patterns: readonly bigint[]): number {
  const width = (16 * registerCount(type)) as 16 | 32 | 64;
  if (type.startsWith("float")) {
    const values = patterns.map((pattern) => toFloat(pattern, width));
    return floatSeriesBits({ values, patterns, width });
  }
  if (type.startsWith("bcd")) return bcdBits(patterns, width);
  const signed = type.startsWith("int");
  const values = signed ? patterns.map((pattern) => BigInt.asIntN(width, pattern)) : patterns;
  return wholeSeriesBits({ values, width, signed });
}

function toFloat(pattern: bigint, width: 16 | 32 | 64): number {
  if (width === 16) return decodeFloat16(Number(pattern));
  scratch.setBigUint64(0, pattern);
  return width === 32 ? scratch.getFloat32(4) : scratch.getFloat64(0);
}

function bcdBits(patterns: readonly bigint[], width: number): number {
  const digits = patterns.map((pattern) => pattern.toString(16));
  if (!digits.every((text) => /^\d+$/.test(text))) return Number.POSITIVE_INFINITY;
  const decimalWidth = Math.ceil((width / 4) * Math.log2(10));
  return wholeSeriesBits({ values: digits.map(BigInt), width: decimalWidth, signed: false });
}
