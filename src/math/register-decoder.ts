import { decodeFloat16 } from "./float16.ts";
import { type ByteOrder, type RegisterType, registerCount } from "./registers.ts";

/**
 * Reads one value out of registers as they came from the device, beginning with the one at `index`.
 *
 * The number is what the registers hold: a float may be NaN or infinite. NaN also for BCD with a digit above nine.
 */
export type RegisterDecoder = (words: ArrayLike<number>, index: number) => number;

/** One value, most significant byte first. Decoding never waits, so everyone can share it. */
const scratch = new DataView(new ArrayBuffer(8));

const takers: Readonly<Record<RegisterType, () => number>> = {
  int16: () => scratch.getInt16(0),
  uint16: () => scratch.getUint16(0),
  int32: () => scratch.getInt32(0),
  uint32: () => scratch.getUint32(0),
  // Both halves are exact, so the sum is rounded once, like Number(bigint), and no BigInt is made.
  int64: () => scratch.getInt32(0) * 2 ** 32 + scratch.getUint32(4),
  uint64: () => scratch.getUint32(0) * 2 ** 32 + scratch.getUint32(4),
  float16: () => decodeFloat16(scratch.getUint16(0)),
  float32: () => scratch.getFloat32(0),
  float64: () => scratch.getFloat64(0),
  bcd16: () => decodeBcd(scratch.getUint16(0)),
  bcd32: () => decodeBcd(scratch.getUint16(0)) * 10_000 + decodeBcd(scratch.getUint16(2)),
};

/**
 * Makes the decoder of a type. Make it once and keep it: a decoded value costs no allocation.
 *
 * An integer of 64 bits beyond 2^53 is rounded to the nearest number there is.
 */
export function registerDecoder(type: RegisterType, byteOrder: ByteOrder): RegisterDecoder {
  const swapped = letterIndex(byteOrder, 0) % 2 === 1;
  const offsets = wordOffsets(byteOrder, registerCount(type));
  const take = takers[type];
  return (words, index) => {
    for (let word = 0; word < offsets.length; word += 1) {
      scratch.setUint16(offsets[word] as number, words[index + word] as number, swapped);
    }
    return take();
  };
}

/** Where each word of the wire goes in `scratch`. */
function wordOffsets(byteOrder: ByteOrder, count: number): readonly number[] {
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, word) => letterIndex(byteOrder, 2 * word) & ~1);
}

/** How many bytes of the value are more significant than the one at `position` on the wire. */
function letterIndex(byteOrder: ByteOrder, position: number): number {
  return byteOrder.charCodeAt(position) - "A".charCodeAt(0);
}

function decodeBcd(word: number): number {
  let value = 0;
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (word >> shift) & 0xf;
    if (digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
