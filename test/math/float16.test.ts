import { describe, expect, it } from "vitest";
import { decodeFloat16, roundToFloat16 } from "../../src/math/float16.ts";

/** A half float is a float32 with fewer digits: widens the bits and lets the machine read them. */
function widened(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const view = new DataView(new ArrayBuffer(4));
  const widenedExponent = exponent === 0x1f ? 0xff : exponent + 112;
  view.setUint32(0, ((bits & 0x8000) << 16) | (widenedExponent << 23) | ((bits & 0x3ff) << 13));
  return view.getFloat32(0);
}

describe("float16", () => {
  it("agrees with float32 on every number that is not subnormal", () => {
    for (let bits = 0; bits <= 0xffff; bits += 1) {
      if (((bits >> 10) & 0x1f) === 0) continue;
      expect(decodeFloat16(bits)).toBe(widened(bits));
    }
  });

  it("counts subnormal numbers in steps of 2^-24", () => {
    for (let fraction = 1; fraction < 0x400; fraction += 1) {
      expect(decodeFloat16(fraction)).toBe(fraction / 2 ** 24);
      expect(decodeFloat16(0x8000 | fraction)).toBe(-fraction / 2 ** 24);
    }
  });

  it("rounds every half float to itself", () => {
    for (let bits = 0; bits <= 0xffff; bits += 1) {
      const value = decodeFloat16(bits);
      if (Number.isFinite(value)) expect(roundToFloat16(value)).toBe(value);
    }
  });

  it.each([
    [-9999, -10000],
    [0.1, 0.0999755859375],
    [1e-9, 0],
  ])("rounds %d to %d, the nearest that a device can hold", (value, nearest) => {
    expect(roundToFloat16(value)).toBe(nearest);
  });
});
