import { describe, expect, it } from "vitest";
import type { OpcuaValue } from "../../../src/sources/opcua/index.ts";
import { qualityOf, toReading } from "../../../src/sources/opcua/to-reading.ts";

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

  it("prefers the source's time to the server's, and that to the time of arrival", () => {
    const value = { type: "Double", value: 1 };
    expect(read({ ...value, sourceTimeMs: 1000, serverTimeMs: 2000 }).timeMs).toBe(1000);
    expect(read({ ...value, serverTimeMs: 2000 }).timeMs).toBe(2000);
    expect(read(value).timeMs).toBe(3000);
  });
});
