import { type RegisterDecoder, registerDecoder } from "../../../math/register-decoder.ts";
import { rawBadValues } from "./bad-values.ts";
import type { ResolvedPlace } from "./modbus-place.ts";
import { holdsBits } from "./modbus-table.ts";
import { isRegisterType } from "./modbus-type.ts";
import type { ResolvedValue } from "./modbus-value.ts";
import { listStates } from "./states.ts";

/**
 * Reads the values of one tag out of answers. `words` are registers of 0 to 65535, or bits of 0 or 1, and the tag begins at `index`.
 */
export interface TagDecoder {
  /** The value in the tag's unit, and NaN when it is bad: never infinite, and never made of words that are not there. */
  decode(words: ArrayLike<number>, index: number): number;
  /** Whether the value that `decode` gives for the same words was rounded, because the device's number has more digits. */
  isUncertain(words: ArrayLike<number>, index: number): boolean;
  /** Why `decode` gives NaN for the same words, e.g. `0007 (7) is none of the states 0 (stopped), 1 (running)`. */
  explainBad(words: ArrayLike<number>, index: number): string;
}

/** What decoding needs to know of a tag. */
type DecodedTag = Pick<ResolvedPlace, "count" | "table"> & ResolvedValue;

/** Makes the decoder of a tag. Make it once and keep it: a decoded value costs no allocation. */
export function compileTag(tag: DecodedTag): TagDecoder {
  const { type, count, scale, offset, states } = tag;
  const decodeRaw = rawDecoder(tag);
  const badValues = rawBadValues(tag);
  const known = states && new Set(Object.keys(states).map(Number));
  const rounds = type === "int64" || type === "uint64";

  const isThere = (words: ArrayLike<number>, index: number): boolean =>
    index >= 0 && index + count <= words.length;
  const read: RegisterDecoder = (words, index) =>
    isThere(words, index) ? decodeRaw(words, index) : Number.NaN;

  return {
    decode(words, index) {
      const raw = read(words, index);
      if (badValues.includes(raw) || known?.has(raw) === false) return Number.NaN;
      const value = raw * scale + offset;
      return Number.isFinite(value) ? value : Number.NaN;
    },
    isUncertain: (words, index) => rounds && Math.abs(read(words, index)) > Number.MAX_SAFE_INTEGER,
    explainBad(words, index) {
      if (!isThere(words, index)) return `the answer lacks some of its ${count} addresses`;
      const raw = read(words, index);
      const shown = show(words, index, tag);
      if (badValues.includes(raw)) return `${shown} (${raw}) is one of badValues`;
      if (type.startsWith("float") && !Number.isFinite(raw)) return `${shown} is ${raw}`;
      if (Number.isNaN(raw)) return `${shown} is no ${type}`;
      if (states && !known?.has(raw)) {
        return `${shown} (${raw}) is none of the states ${listStates(states)}`;
      }
      return `${shown} (${raw}) is no finite number after scale and offset`;
    },
  };
}

function rawDecoder({ type, table, byteOrder, bit, half }: DecodedTag): RegisterDecoder {
  if (isRegisterType(type)) return registerDecoder(type, byteOrder);
  if (holdsBits(table)) return (words, index) => words[index] as number;
  const register = registerDecoder("uint16", byteOrder);
  if (bit !== undefined) return (words, index) => (register(words, index) >> bit) & 1;
  const shift = half === "high" ? 8 : 0;
  if (type === "int8") return (words, index) => ((register(words, index) >> shift) << 24) >> 24;
  return (words, index) => (register(words, index) >> shift) & 0xff;
}

/** The words as a manual or a bus monitor shows them: `42F6 E979`. */
function show(words: ArrayLike<number>, index: number, { count }: { count: number }): string {
  return Array.from(words)
    .slice(index, index + count)
    .map((word) => word.toString(16).toUpperCase().padStart(4, "0"))
    .join(" ");
}
