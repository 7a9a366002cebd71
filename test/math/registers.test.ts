import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { registerDecoder } from "../../src/math/register-decoder.ts";
import {
  type ByteOrder,
  byteOrdersOf,
  type RegisterType,
  registerCount,
  registerTypes,
} from "../../src/math/registers.ts";

// What the device sends, register by register, and what it means: from the definitions, not from a library.
const table: readonly [RegisterType, ByteOrder, readonly number[], number][] = [
  ["int16", "ABCD", [0xfffe], -2],
  ["int16", "CDAB", [0xfffe], -2],
  ["int16", "BADC", [0xfeff], -2],
  ["int16", "DCBA", [0xfeff], -2],
  ["int16", "ABCD", [0x8000], -32768],
  ["uint16", "ABCD", [0xfffe], 65534],
  ["uint16", "CDAB", [0x1234], 0x1234],
  ["uint16", "BADC", [0x3412], 0x1234],
  ["uint16", "DCBA", [0x3412], 0x1234],
  ["int32", "ABCD", [0xffff, 0xfffe], -2],
  ["int32", "CDAB", [0xfffe, 0xffff], -2],
  ["int32", "BADC", [0xffff, 0xfeff], -2],
  ["int32", "DCBA", [0xfeff, 0xffff], -2],
  ["int32", "ABCD", [0x8000, 0x0000], -2147483648],
  ["uint32", "ABCD", [0xffff, 0xfffe], 4294967294],
  ["uint32", "ABCD", [0x1234, 0x5678], 0x12345678],
  ["uint32", "CDAB", [0x5678, 0x1234], 0x12345678],
  ["uint32", "BADC", [0x3412, 0x7856], 0x12345678],
  ["uint32", "DCBA", [0x7856, 0x3412], 0x12345678],
  ["float32", "ABCD", [0xc2c8, 0x0000], -100],
  ["float32", "ABCD", [0x8000, 0x0000], -0],
  ["float32", "ABCD", [0x0000, 0x0001], 2 ** -149],
  ["float32", "ABCD", [0x7fc0, 0x0000], Number.NaN],
  ["float32", "ABCD", [0x7f80, 0x0000], Number.POSITIVE_INFINITY],
  ["float32", "CDAB", [0x0000, 0xff80], Number.NEGATIVE_INFINITY],
  ["float16", "ABCD", [0x3800], 0.5],
  ["float16", "CDAB", [0xc000], -2],
  ["float16", "BADC", [0x0038], 0.5],
  ["float16", "DCBA", [0x00c0], -2],
  ["float16", "ABCD", [0x3c00], 1],
  ["float16", "ABCD", [0x3555], 0.333251953125],
  ["float16", "ABCD", [0x7bff], 65504],
  ["float16", "ABCD", [0xfbff], -65504],
  ["float16", "ABCD", [0x0400], 2 ** -14],
  ["float16", "ABCD", [0x03ff], 1023 / 2 ** 24],
  ["float16", "ABCD", [0x8001], -1 / 2 ** 24],
  ["float16", "ABCD", [0x8000], -0],
  ["float16", "ABCD", [0x7c00], Number.POSITIVE_INFINITY],
  ["float16", "ABCD", [0xfc00], Number.NEGATIVE_INFINITY],
  ["float16", "ABCD", [0x7c01], Number.NaN],
  ["bcd16", "ABCD", [0x1234], 1234],
  ["bcd16", "CDAB", [0x0009], 9],
  ["bcd16", "BADC", [0x3412], 1234],
  ["bcd16", "DCBA", [0x9999], 9999],
  ["bcd16", "ABCD", [0x123a], Number.NaN],
  ["bcd16", "ABCD", [0xffff], Number.NaN],
  ["bcd32", "ABCD", [0x1234, 0x5678], 12345678],
  ["bcd32", "CDAB", [0x5678, 0x1234], 12345678],
  ["bcd32", "BADC", [0x3412, 0x7856], 12345678],
  ["bcd32", "DCBA", [0x7856, 0x3412], 12345678],
  ["bcd32", "ABCD", [0xa000, 0x0001], Number.NaN],
  ["bcd32", "ABCD", [0x0001, 0x00f0], Number.NaN],
  ["int64", "ABCDEFGH", [0xffff, 0xffff, 0xffff, 0xfffe], -2],
  ["int64", "GHEFCDAB", [0xfffe, 0xffff, 0xffff, 0xffff], -2],
  ["int64", "HGFEDCBA", [0xfeff, 0xffff, 0xffff, 0xffff], -2],
  ["int64", "ABCDEFGH", [0xffe0, 0x0000, 0x0000, 0x0001], Number.MIN_SAFE_INTEGER],
  ["int64", "ABCDEFGH", [0x8000, 0x0000, 0x0000, 0x0000], -(2 ** 63)],
  ["int64", "ABCDEFGH", [0x7fff, 0xffff, 0xffff, 0xffff], 2 ** 63],
  ["uint64", "ABCDEFGH", [0x001f, 0xffff, 0xffff, 0xffff], Number.MAX_SAFE_INTEGER],
  // 2^53 + 1 lies between two numbers and goes to the even one, 2^53 + 3 to the other side.
  ["uint64", "ABCDEFGH", [0x0020, 0x0000, 0x0000, 0x0001], 2 ** 53],
  ["uint64", "ABCDEFGH", [0x0020, 0x0000, 0x0000, 0x0003], 2 ** 53 + 4],
  ["uint64", "ABCDEFGH", [0xffff, 0xffff, 0xffff, 0xffff], 2 ** 64],
  ["float64", "ABCDEFGH", [0xc000, 0x0000, 0x0000, 0x0000], -2],
  ["float64", "ABCDEFGH", [0x7ff8, 0x0000, 0x0000, 0x0000], Number.NaN],
  ["float64", "GHEFCDAB", [0x0000, 0x0000, 0x0000, 0x7ff0], Number.POSITIVE_INFINITY],
];

/** 00 01 23 45 67 89 AB CD, a whole number that JavaScript holds exactly. */
const orders64: readonly [ByteOrder, readonly number[]][] = [
  ["ABCDEFGH", [0x0001, 0x2345, 0x6789, 0xabcd]],
  ["GHEFCDAB", [0xabcd, 0x6789, 0x2345, 0x0001]],
  ["BADCFEHG", [0x0100, 0x4523, 0x8967, 0xcdab]],
  ["HGFEDCBA", [0xcdab, 0x8967, 0x4523, 0x0100]],
  ["CDABGHEF", [0x2345, 0x0001, 0xabcd, 0x6789]],
  ["EFGHABCD", [0x6789, 0xabcd, 0x0001, 0x2345]],
  ["DCBAHGFE", [0x4523, 0x0100, 0xcdab, 0x8967]],
  ["FEHGBADC", [0x8967, 0xcdab, 0x0100, 0x4523]],
];

/** 123.456 as a float64 is 40 5E DD 2F 1A 9F BE 77. */
const floats64: readonly [ByteOrder, readonly number[]][] = [
  ["ABCDEFGH", [0x405e, 0xdd2f, 0x1a9f, 0xbe77]],
  ["GHEFCDAB", [0xbe77, 0x1a9f, 0xdd2f, 0x405e]],
  ["BADCFEHG", [0x5e40, 0x2fdd, 0x9f1a, 0x77be]],
  ["HGFEDCBA", [0x77be, 0x9f1a, 0x2fdd, 0x5e40]],
  ["CDABGHEF", [0xdd2f, 0x405e, 0xbe77, 0x1a9f]],
  ["EFGHABCD", [0x1a9f, 0xbe77, 0x405e, 0xdd2f]],
  ["DCBAHGFE", [0x2fdd, 0x5e40, 0x77be, 0x9f1a]],
  ["FEHGBADC", [0x9f1a, 0x77be, 0x5e40, 0x2fdd]],
];

const hex = (words: readonly number[]): string =>
  words.map((word) => word.toString(16).toUpperCase().padStart(4, "0")).join(" ");

describe("registers", () => {
  it.each(
    table.map(([type, order, words, value]) => ({ type, order, words, value, hex: hex(words) })),
  )("reads $type $order $hex as $value", ({ type, order, words, value }) =>
    expect(registerDecoder(type, order)(words, 0)).toBe(value),
  );

  it.each([
    ["ABCD", [0x42f6, 0xe979]],
    ["CDAB", [0xe979, 0x42f6]],
    ["BADC", [0xf642, 0x79e9]],
    ["DCBA", [0x79e9, 0xf642]],
  ] as const)(
    "float32 garbage from byte/word order: %s of 123.456 is read as 123.456 by no other order",
    (order, words) => {
      for (const tried of byteOrdersOf("float32")) {
        const value = registerDecoder("float32", tried)(words, 0);
        if (tried === order) expect(value).toBe(Math.fround(123.456));
        else expect(Math.abs(value - 123.456)).toBeGreaterThan(1);
      }
    },
  );

  it.each(orders64)("reads the same uint64 and int64 in %s", (order, words) => {
    expect(registerDecoder("uint64", order)(words, 0)).toBe(0x0001_2345_6789_abcd);
    expect(registerDecoder("int64", order)(words, 0)).toBe(0x0001_2345_6789_abcd);
  });

  it.each(floats64)("reads 123.456 as a float64 in %s", (order, words) => {
    expect(registerDecoder("float64", order)(words, 0)).toBe(123.456);
  });

  it("begins at the register it is told", () => {
    const words = [9, 0x42f6, 0xe979, 9];
    expect(registerDecoder("float32", "ABCD")(words, 1)).toBe(Math.fround(123.456));
  });

  it("keeps decoders apart that take turns", () => {
    const int64 = registerDecoder("int64", "HGFEDCBA");
    const uint16 = registerDecoder("uint16", "ABCD");
    for (let turn = 0; turn < 3; turn += 1) {
      expect(int64([0xfeff, 0xffff, 0xffff, 0xffff], 0)).toBe(-2);
      expect(uint16([7], 0)).toBe(7);
    }
  });

  it("offers big-endian first, four orders for up to 32 bits and eight for 64", () => {
    expect(byteOrdersOf("uint16")).toEqual(["ABCD", "CDAB", "BADC", "DCBA"]);
    expect(byteOrdersOf("float32")).toEqual(["ABCD", "CDAB", "BADC", "DCBA"]);
    expect(byteOrdersOf("int64")[0]).toBe("ABCDEFGH");
    expect(new Set(byteOrdersOf("int64")).size).toBe(8);
  });

  it.each([
    ["int16", 1],
    ["uint16", 1],
    ["float16", 1],
    ["bcd16", 1],
    ["int32", 2],
    ["uint32", 2],
    ["float32", 2],
    ["bcd32", 2],
    ["int64", 4],
    ["uint64", 4],
    ["float64", 4],
  ] as const)("%s takes %i register(s)", (type, count) => expect(registerCount(type)).toBe(count));
});

type Writer = (view: DataView, value: number) => void;

const writers: readonly [RegisterType, fc.Arbitrary<number>, Writer][] = [
  ["int16", fc.integer({ min: -32768, max: 32767 }), (view, value) => view.setInt16(0, value)],
  ["uint16", fc.nat(0xffff), (view, value) => view.setUint16(0, value)],
  ["int32", fc.integer(), (view, value) => view.setInt32(0, value)],
  ["uint32", fc.integer({ min: 0, max: 0xffffffff }), (view, value) => view.setUint32(0, value)],
  ["float32", fc.float(), (view, value) => view.setFloat32(0, value)],
  ["float64", fc.double(), (view, value) => view.setFloat64(0, value)],
  ["int64", fc.maxSafeInteger(), (view, value) => view.setBigInt64(0, BigInt(value))],
  ["uint64", fc.maxSafeNat(), (view, value) => view.setBigUint64(0, BigInt(value))],
  ["bcd16", fc.nat(9999), (view, value) => view.setUint16(0, Number(`0x${value}`))],
  ["bcd32", fc.nat(99_999_999), (view, value) => view.setUint32(0, Number(`0x${value}`))],
];

/** The registers that a device sends for eight bytes, the order spelled letter by letter. */
function sent(view: DataView, type: RegisterType, order: ByteOrder): readonly number[] {
  const letters = registerCount(type) === 1 ? order.replace(/[C-H]/g, "") : order;
  const bytes = [...letters].map((letter) => view.getUint8(letter.charCodeAt(0) - 65));
  return Array.from(
    { length: bytes.length / 2 },
    (_, word) => (bytes[2 * word] as number) * 256 + (bytes[2 * word + 1] as number),
  );
}

describe("whatever a device holds", () => {
  it.each(writers)("%s comes back in every order", (type, values, write) => {
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(...byteOrdersOf(type)),
        fc.nat(3),
        (value, order, index) => {
          const view = new DataView(new ArrayBuffer(8));
          write(view, value);
          const words = [
            ...Array.from({ length: index }, () => 0xdead),
            ...sent(view, type, order),
          ];
          expect(registerDecoder(type, order)(words, index)).toBe(value);
        },
      ),
    );
  });

  it("rounds 64-bit integers to the nearest number, as BigInt does", () => {
    const word = fc.nat(0xffff);
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (words) => {
        const bits = words.reduce((sum, next) => sum * 65_536n + BigInt(next), 0n);
        expect(registerDecoder("uint64", "ABCDEFGH")(words, 0)).toBe(Number(bits));
        expect(registerDecoder("int64", "ABCDEFGH")(words, 0)).toBe(
          Number(BigInt.asIntN(64, bits)),
        );
      }),
    );
  });

  it("knows every type by a test of this file", () => {
    const tested = new Set([...table.map(([type]) => type), ...writers.map(([type]) => type)]);
    expect([...tested].sort()).toEqual([...registerTypes].sort());
  });
});
