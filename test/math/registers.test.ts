import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ByteOrder,
  decodeRegisters,
  type RegisterType,
  registerCount,
} from "../../src/math/registers.ts";

// What the device sends, register by register, and what it means.
const table: readonly [RegisterType, ByteOrder, readonly number[], number][] = [
  ["float32", "ABCD", [0x42f6, 0xe979], 123.456],
  ["float32", "CDAB", [0xe979, 0x42f6], 123.456],
  ["float32", "BADC", [0xf642, 0x79e9], 123.456],
  ["float32", "DCBA", [0x79e9, 0xf642], 123.456],
  ["float32", "ABCD", [0xc2c8, 0x0000], -100],
  ["float32", "ABCD", [0x8000, 0x0000], -0],
  ["float32", "ABCD", [0x7fc0, 0x0000], Number.NaN],
  ["float32", "ABCD", [0x7f80, 0x0000], Number.POSITIVE_INFINITY],
  ["float32", "CDAB", [0x0000, 0xff80], Number.NEGATIVE_INFINITY],
  ["int16", "ABCD", [0xfffe], -2],
  ["int16", "CDAB", [0xfffe], -2],
  ["int16", "BADC", [0xfeff], -2],
  ["int16", "DCBA", [0xfeff], -2],
  ["int16", "ABCD", [0x8000], -32768],
  ["uint16", "ABCD", [0xfffe], 65534],
  ["uint16", "DCBA", [0x3412], 0x1234],
  ["int32", "ABCD", [0xffff, 0xfffe], -2],
  ["int32", "CDAB", [0xfffe, 0xffff], -2],
  ["int32", "ABCD", [0x8000, 0x0000], -2147483648],
  ["uint32", "ABCD", [0xffff, 0xfffe], 4294967294],
  ["uint32", "CDAB", [0x5678, 0x1234], 0x12345678],
  ["uint32", "BADC", [0x3412, 0x7856], 0x12345678],
  ["uint32", "DCBA", [0x7856, 0x3412], 0x12345678],
];

describe("registers", () => {
  it.each(table)("reads %s %s %j as %d", (type, byteOrder, words, value) => {
    const decoded = decodeRegisters(words, 0, type, byteOrder);
    expect(type === "float32" ? Math.fround(decoded) : decoded).toBe(
      type === "float32" ? Math.fround(value) : value,
    );
  });

  it("begins at the register it is told", () => {
    expect(decodeRegisters([9, 0x42f6, 0xe979, 9], 1, "float32", "ABCD")).toBeCloseTo(123.456, 3);
  });

  it("keeps every value a device can hold, in every order", () => {
    const orders: readonly ByteOrder[] = ["ABCD", "CDAB", "BADC", "DCBA"];
    const value = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(value, fc.constantFrom(...orders), (sent, order) => {
        const bytes = [...order].map(
          (letter) => (sent >>> (8 * ("D".charCodeAt(0) - letter.charCodeAt(0)))) & 0xff,
        );
        const words = [
          ((bytes[0] as number) << 8) | (bytes[1] as number),
          ((bytes[2] as number) << 8) | (bytes[3] as number),
        ];
        expect(decodeRegisters(words, 0, "uint32", order)).toBe(sent);
      }),
    );
  });

  it.each([
    ["int16", 1],
    ["uint16", 1],
    ["int32", 2],
    ["uint32", 2],
    ["float32", 2],
  ] as const)("%s takes %i register(s)", (type, count) => expect(registerCount(type)).toBe(count));
});
