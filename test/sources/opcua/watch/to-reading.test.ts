import { describe, expect, it } from "vitest";
import type { OpcuaValue } from "../../../../src/sources/opcua/index.ts";
import {
  hasOverflow,
  qualityOf,
  stampOf,
  toReading,
  toReadings,
} from "../../../../src/sources/opcua/watch/to-reading.ts";

const read = (sent: Partial<OpcuaValue>) =>
  toReading("t", { statusCode: 0, value: undefined, ...sent }, 3000);

describe("OPC UA value", () => {
  it.each<[string, unknown, number, string]>([
    ["Double", 1.5, 1.5, "good"],
    ["Boolean", false, 0, "good"],
    ["Int64", [0, 5], 5, "good"],
    ["Int64", [0xffffffff, 0xffffffff], -1, "good"],
    ["Int64", [-1, -2], -2, "good"],
    ["UInt64", [0x1fffff, 0xffffffff], Number.MAX_SAFE_INTEGER, "good"],
    ["UInt64", [0x200000, 1], 2 ** 53, "uncertain"],
    ["Double", Number.NaN, Number.NaN, "bad"],
    ["Float", Number.POSITIVE_INFINITY, Number.NaN, "bad"],
    ["String", "12", Number.NaN, "bad"],
    ["DateTime", new Date(0), Number.NaN, "bad"],
    ["Int64", null, Number.NaN, "bad"],
  ])("reads %s %j as %d, %s", (type, value, expected, quality) => {
    expect(read({ type, value })).toEqual({ tag: "t", timeMs: 3000, value: expected, quality });
  });

  it.each([
    [0, "good"],
    [0x480, "good"],
    [0x00a20000, "good"],
    [0x40900000, "uncertain"],
    [0x80340000, "bad"],
    [0x808c0000, "bad"],
    [0xc0000000, "bad"],
  ])("takes status 0x%s for %s", (statusCode, quality) => {
    expect(qualityOf(statusCode)).toBe(quality);
  });

  it("is stamped by the clock that was asked for, or by the next nearer one that did", () => {
    const both = { statusCode: 0, value: 1, sourceTimeMs: 1000, serverTimeMs: 2000 };
    const server = { statusCode: 0, value: 1, serverTimeMs: 2000 };
    const none = { statusCode: 0, value: 1 };
    expect([both, server, none].map((sent) => stampOf(sent, "source", 3000))).toEqual([
      1000, 2000, 3000,
    ]);
    expect([both, server, none].map((sent) => stampOf(sent, "server", 3000))).toEqual([
      2000, 2000, 3000,
    ]);
    expect(stampOf(both, "arrival", 3000)).toBe(3000);
  });

  it("counts a queue that ran over, and nothing else, as an overflow", () => {
    expect(hasOverflow(0x480)).toBe(true);
    expect(hasOverflow(0x40900480)).toBe(true);
    expect([0, 0x80, 0x400, 0x00960000].some((code) => hasOverflow(code))).toBe(false);
  });

  it("spreads a waveform over its time, the last element at the time of the value", () => {
    const wave = { statusCode: 0, type: "Float", isArray: true, value: Float32Array.of(1, 2, 4) };
    expect(toReadings("t", wave, 3000, 0.5)).toEqual([
      { tag: "t", timeMs: 2999, value: 1, quality: "good" },
      { tag: "t", timeMs: 2999.5, value: 2, quality: "good" },
      { tag: "t", timeMs: 3000, value: 4, quality: "good" },
    ]);
    const empty = { ...wave, value: new Float32Array() };
    expect(toReadings("t", empty, 3000, 0.5)).toEqual([
      { tag: "t", timeMs: 3000, value: Number.NaN, quality: "bad" },
    ]);
  });

  it("takes an array for a number, and a number for an array, for bad", () => {
    const wave = { statusCode: 0, type: "Float", isArray: true, value: [1, 2] };
    expect(toReading("t", wave, 3000).quality).toBe("bad");
    const scalar = { statusCode: 0, type: "Float", value: 1 };
    expect(toReadings("t", scalar, 3000, 1)).toEqual([
      { tag: "t", timeMs: 3000, value: Number.NaN, quality: "bad" },
    ]);
  });
});
