/** How a value lies in 16-bit registers; a float is IEEE 754, an int two's complement. */
export type RegisterType = "float32" | "int16" | "uint16" | "int32" | "uint32";

/**
 * In which order the bytes of a value come over the wire, `A` being the most significant.
 *
 * 123.456 as a float32 is 42 F6 E9 79. A device that sends the registers `42F6 E979` is `ABCD` (big-endian,
 * what the Modbus specification does for one register), `E979 42F6` is `CDAB` (words swapped), `F642 79E9` is
 * `BADC` (bytes swapped in each word), `79E9 F642` is `DCBA`. Other tools use the same letters with other meanings:
 * compare the bytes. For a 16-bit value only the order within its register counts.
 */
export type ByteOrder = "ABCD" | "CDAB" | "BADC" | "DCBA";

/** Registers that a value takes. */
export function registerCount(type: RegisterType): 1 | 2 {
  return type === "int16" || type === "uint16" ? 1 : 2;
}

/**
 * Reads one value out of registers as they came from the device, beginning with the one at `index`.
 *
 * A float32 may be NaN or infinite. Costs no allocation beyond one small view.
 */
export function decodeRegisters(
  words: ArrayLike<number>,
  index: number,
  type: RegisterType,
  byteOrder: ByteOrder,
): number {
  const swapBytes = byteOrder === "BADC" || byteOrder === "DCBA";
  const swapWords = byteOrder === "CDAB" || byteOrder === "DCBA";
  const word = (offset: number): number => {
    const raw = words[index + offset] ?? Number.NaN;
    return swapBytes ? ((raw & 0xff) << 8) | (raw >> 8) : raw;
  };
  const view = new DataView(new ArrayBuffer(4));
  if (registerCount(type) === 1) {
    view.setUint16(0, word(0));
    return type === "int16" ? view.getInt16(0) : view.getUint16(0);
  }
  view.setUint16(0, word(swapWords ? 1 : 0));
  view.setUint16(2, word(swapWords ? 0 : 1));
  if (type === "float32") return view.getFloat32(0);
  return type === "int32" ? view.getInt32(0) : view.getUint32(0);
}
