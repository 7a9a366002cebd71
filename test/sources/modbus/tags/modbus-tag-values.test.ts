import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTag, type TagDecoder } from "../../../../src/sources/modbus/tags/compile-tag.ts";
import {
  type ModbusTag,
  requireModbusTags,
  resolveTag,
} from "../../../../src/sources/modbus/tags/modbus-tag.ts";
import type { ModbusType } from "../../../../src/sources/modbus/tags/modbus-type.ts";

function decoder(tag: Partial<ModbusTag>): TagDecoder {
  const whole: ModbusTag = { name: "tag", table: "holding", address: 0, type: "uint16", ...tag };
  requireModbusTags("line 1", [whole]);
  return compileTag(resolveTag(whole, { unitId: 1, pollMs: 1000 }));
}

const bits = [...Array(16).keys()];

describe("the value of a tag", () => {
  it("is scaled, then moved", () => {
    expect(decoder({ type: "int16", scale: 0.5, offset: -40 }).decode([0xfffe], 0)).toBe(-41);
  });

  it("begins where it lies in the answer", () => {
    expect(decoder({ type: "uint32" }).decode([9, 9, 1, 2], 2)).toBe(0x0001_0002);
  });

  it("is 0 or 1 in coils and discrete inputs", () => {
    const coil = decoder({ table: "coil", type: "bool" });
    const discrete = decoder({ table: "discrete", type: "bool", scale: -1, offset: 1 });
    expect([0, 1].map((index) => coil.decode([0, 1], index))).toEqual([0, 1]);
    expect([0, 1].map((index) => discrete.decode([0, 1], index))).toEqual([1, 0]);
  });

  it.each(bits)("is bit %i of a register, counted from the least significant", (bit) => {
    const tag = decoder({ type: "bool", bit });
    expect(tag.decode([1 << bit], 0)).toBe(1);
    expect(tag.decode([0xffff ^ (1 << bit)], 0)).toBe(0);
  });

  it("is a bit of the register as it is after its bytes were put in order", () => {
    const asSent = decoder({ type: "bool", bit: 0, byteOrder: "ABCD" });
    const swapped = decoder({ type: "bool", bit: 0, byteOrder: "BADC" });
    expect([asSent.decode([0x0100], 0), swapped.decode([0x0100], 0)]).toEqual([0, 1]);
  });

  it.each([
    ["uint8", "high", 0xfe],
    ["uint8", "low", 0x07],
    ["int8", "high", -2],
    ["int8", "low", 7],
  ] as const)("is one half of a register: %s %s of FE07 is %i", (type, half, value) => {
    expect(decoder({ type, half }).decode([0xfe07], 0)).toBe(value);
  });

  it("takes every byte for the number that it is", () => {
    fc.assert(
      fc.property(fc.nat(0xff), fc.nat(0xff), (high, low) => {
        const words = [high * 256 + low];
        const signed = (byte: number): number => (byte > 127 ? byte - 256 : byte);
        expect(decoder({ type: "uint8", half: "high" }).decode(words, 0)).toBe(high);
        expect(decoder({ type: "uint8", half: "low" }).decode(words, 0)).toBe(low);
        expect(decoder({ type: "int8", half: "high" }).decode(words, 0)).toBe(signed(high));
        expect(decoder({ type: "int8", half: "low" }).decode(words, 0)).toBe(signed(low));
      }),
    );
  });
});

describe("what is no value never becomes one", () => {
  it.each<[ModbusType, readonly number[], string]>([
    ["float32", [0x7fc0, 0x0000], "7FC0 0000 is NaN"],
    ["float32", [0x7f80, 0x0000], "7F80 0000 is Infinity"],
    ["float16", [0x7e00], "7E00 is NaN"],
    ["float16", [0xfc00], "FC00 is -Infinity"],
    ["float64", [0x7ff8, 0, 0, 0], "7FF8 0000 0000 0000 is NaN"],
    ["float64", [0xfff0, 0, 0, 0], "FFF0 0000 0000 0000 is -Infinity"],
  ])("NaN and infinity never become values: %s %j", (type, words, why) => {
    const tag = decoder({ type, scale: 2, offset: 1 });
    expect(tag.decode(words, 0)).toBe(Number.NaN);
    expect(tag.explainBad(words, 0)).toBe(why);
  });

  it("NaN and infinity never become values: nor does a number that scaling takes out of range", () => {
    const tag = decoder({ type: "float64", scale: 10 });
    const words = [0x7fef, 0xffff, 0xffff, 0xffff];
    expect(tag.decode(words, 0)).toBe(Number.NaN);
    expect(tag.explainBad(words, 0)).toBe(
      "7FEF FFFF FFFF FFFF (1.7976931348623157e+308) is no finite number after scale and offset",
    );
  });

  it("a BCD digit above nine is bad", () => {
    const tag = decoder({ type: "bcd16", scale: 0.1 });
    expect(tag.decode([0x0250], 0)).toBe(25);
    expect(tag.decode([0x025a], 0)).toBe(Number.NaN);
    expect(tag.explainBad([0x025a], 0)).toBe("025A is no bcd16");
  });

  it.each([
    ["ends too early", [0x42f6], 0],
    ["is empty", [], 0],
    ["begins too late", [0x42f6, 0xe979], -1],
  ] as const)("an answer that %s is bad, not zero", (_, words, index) => {
    const tag = decoder({ type: "float32" });
    expect(tag.decode(words, index)).toBe(Number.NaN);
    expect(tag.explainBad(words, index)).toBe("the answer lacks some of its 2 addresses");
  });

  it.each<[ModbusType, number, readonly number[]]>([
    ["uint16", 0xffff, [0xffff]],
    ["int16", 0x8000, [0x8000]],
    ["int16", -32768, [0x8000]],
    ["int16", 0x7fff, [0x7fff]],
    ["int16", 0xffff, [0xffff]],
    ["uint32", 0xffffffff, [0xffff, 0xffff]],
    ["int32", 0x7fffffff, [0x7fff, 0xffff]],
    ["int32", 0x80000000, [0x8000, 0x0000]],
    ["int64", 0x8000_0000_0000_0000, [0x8000, 0, 0, 0]],
    ["int64", -(2 ** 63), [0x8000, 0, 0, 0]],
    // As a literal 0x7FFF_FFFF_FFFF_FFFF: a number has 53 bits, so both are 2^63.
    ["int64", 2 ** 63, [0x7fff, 0xffff, 0xffff, 0xffff]],
    ["int64", 2 ** 64, [0xffff, 0xffff, 0xffff, 0xffff]],
    ["uint64", 2 ** 64, [0xffff, 0xffff, 0xffff, 0xffff]],
    ["float32", -9999.9, [0xc61c, 0x3f9a]],
    ["float64", -9999.9, [0xc0c3, 0x87f3, 0x3333, 0x3333]],
    ["float16", -9999, [0xf0e2]],
    ["bcd32", 99999999, [0x9999, 0x9999]],
  ])("the device's word for no value is bad: %s %d", (type, badValue, words) => {
    const tag = decoder({ type, badValues: [badValue], scale: 0.1 });
    expect(tag.decode(words, 0)).toBe(Number.NaN);
    expect(tag.explainBad(words, 0)).toMatch(/^[\dA-F ]+ \(.+\) is one of badValues$/);
  });

  it("the device's word for no value is bad in halves of a register", () => {
    const tag = decoder({ type: "int8", half: "high", badValues: [0x80] });
    expect(tag.decode([0x8001], 0)).toBe(Number.NaN);
    expect(tag.decode([0x0180], 0)).toBe(1);
  });

  it("the device's word for no value is compared before scaling, and its neighbours are values", () => {
    const tag = decoder({ type: "int16", badValues: [0x8000, 0x7fff], scale: 0.1 });
    expect(tag.decode([0x8001], 0)).toBeCloseTo(-3276.7);
    expect(tag.decode([0x7ffe], 0)).toBeCloseTo(3276.6);
    expect(tag.decode([0], 0)).toBe(0);
  });

  it("all bits of an int64 stand for -1 and never for 0", () => {
    const tag = decoder({ type: "int64", badValues: [2 ** 64] });
    expect(tag.decode([0, 0, 0, 0], 0)).toBe(0);
  });

  it("a number that is none of the states is bad, and the reason says which and what there is", () => {
    const tag = decoder({ type: "int16", states: { "-1": "fault", 0: "stopped", 1: "running" } });
    expect([0xffff, 0, 1, 7].map((word) => tag.decode([word], 0))).toEqual([-1, 0, 1, Number.NaN]);
    expect(tag.explainBad([7], 0)).toBe(
      "0007 (7) is none of the states 0 (stopped), 1 (running), -1 (fault)",
    );
  });
});

describe("how far a value can be trusted", () => {
  it.each([
    ["uint64", [0x0020, 0x0000, 0x0000, 0x0001], 2 ** 53],
    ["int64", [0x0020, 0x0000, 0x0000, 0x0001], 2 ** 53],
    ["int64", [0xffdf, 0xffff, 0xffff, 0xffff], -(2 ** 53)],
    ["uint64", [0xffff, 0xffff, 0xffff, 0xffff], 2 ** 64],
  ] as const)("int64 beyond 2^53 is flagged: %s %j is near %d", (type, words, value) => {
    const tag = decoder({ type });
    expect(tag.decode(words, 0)).toBe(value);
    expect(tag.isUncertain(words, 0)).toBe(true);
  });

  it("int64 beyond 2^53 is flagged, however small it is scaled", () => {
    expect(decoder({ type: "int64", scale: 1e-9 }).isUncertain([0x0020, 0, 0, 1], 0)).toBe(true);
  });

  it.each([
    ["int64", [0x001f, 0xffff, 0xffff, 0xffff], Number.MAX_SAFE_INTEGER],
    ["int64", [0xffe0, 0x0000, 0x0000, 0x0001], Number.MIN_SAFE_INTEGER],
    ["float64", [0x4340, 0x0000, 0x0000, 0x0001], 2 ** 53 + 2],
  ] as const)("%s %j is exactly %d and good", (type, words, value) => {
    const tag = decoder({ type });
    expect(tag.decode(words, 0)).toBe(value);
    expect(tag.isUncertain(words, 0)).toBe(false);
  });
});
