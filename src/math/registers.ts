/** How a value lies in whole 16-bit registers: int in two's complement, float as IEEE 754, bcd as one decimal digit in four bits. */
export type RegisterType =
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "bcd16"
  | "bcd32";

/** The order of up to four bytes. */
export type ByteOrder32 = "ABCD" | "CDAB" | "BADC" | "DCBA";

/** The order of eight bytes: each swap of bytes, words and double words, and each combination of them. */
export type ByteOrder64 =
  | "ABCDEFGH"
  | "BADCFEHG"
  | "CDABGHEF"
  | "DCBAHGFE"
  | "EFGHABCD"
  | "FEHGBADC"
  | "GHEFCDAB"
  | "HGFEDCBA";

/**
 * In which order the bytes of a value come over the wire, `A` being the most significant.
 *
 * 123.456 as a float32 is 42 F6 E9 79. A device that sends the registers `42F6 E979` is `ABCD` (big-endian,
 * what the Modbus specification does for one register), `E979 42F6` is `CDAB` (words swapped), `F642 79E9` is
 * `BADC` (bytes swapped in each word), `79E9 F642` is `DCBA`. Other tools use the same letters with other meanings:
 * compare the bytes. For a 16-bit value only the order within its register counts. A 64-bit value has eight letters:
 * `CDAB` of another tool is `GHEFCDAB` where all four words are reversed, and `CDABGHEF` where only neighbours are.
 */
export type ByteOrder = ByteOrder32 | ByteOrder64;

const counts: Readonly<Record<RegisterType, 1 | 2 | 4>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float16: 1,
  float32: 2,
  float64: 4,
  bcd16: 1,
  bcd32: 2,
};

const upTo32: readonly ByteOrder32[] = ["ABCD", "CDAB", "BADC", "DCBA"];
const of64: readonly ByteOrder64[] = [
  "ABCDEFGH",
  "GHEFCDAB",
  "BADCFEHG",
  "HGFEDCBA",
  "CDABGHEF",
  "EFGHABCD",
  "DCBAHGFE",
  "FEHGBADC",
];

/** Every type there is, for messages and for whoever tries them all. */
export const registerTypes: readonly RegisterType[] = Object.keys(counts) as RegisterType[];

/** Registers that a value takes. */
export function registerCount(type: RegisterType): 1 | 2 | 4 {
  return counts[type];
}

/** The orders that the bytes of a type can come in, big-endian first. */
export function byteOrdersOf(type: RegisterType): readonly ByteOrder[] {
  return registerCount(type) === 4 ? of64 : upTo32;
}
