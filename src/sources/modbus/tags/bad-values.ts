import { roundToFloat16 } from "../../../math/float16.ts";
import { type ModbusType, wholeRange } from "./modbus-type.ts";
import type { ModbusValue } from "./modbus-value.ts";

/** What is wrong with the `badValues` of a value, and `undefined` when nothing is. */
export function badValuesFlaw({ type, badValues }: ModbusValue): string | undefined {
  if (badValues === undefined) return undefined;
  if (type === "bool") return "badValues must be left out for type bool, which is always a value";
  if (!Array.isArray(badValues)) {
    return `badValues must be a list of numbers, got ${JSON.stringify(badValues)}`;
  }
  for (const value of badValues) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return `badValues must be finite numbers (NaN is bad anyway), got ${typeof value === "number" ? value : JSON.stringify(value)}`;
    }
  }
  return rangeFlaw(type, badValues);
}

function rangeFlaw(type: ModbusType, badValues: readonly number[]): string | undefined {
  const range = wholeRange(type);
  if (range === undefined) return undefined;
  const [low] = range;
  const high = type.startsWith("int") ? highestPattern(range) : range[1];
  const stranger = badValues.find(
    (value) => !Number.isInteger(value) || value < low || value > high,
  );
  if (stranger === undefined) return undefined;
  return `badValues must be whole numbers from ${low} to ${high} for type ${type}, got ${stranger}`;
}

/** The bits of -1, read without sign. */
function highestPattern([low, high]: readonly [number, number]): number {
  return high - low;
}

/** The numbers, as the decoder of the type gives them, that `badValues` mean. */
export function rawBadValues({ type, badValues = [] }: ModbusValue): readonly number[] {
  return badValues.flatMap((value) => asDecoded(type, value));
}

function asDecoded(type: ModbusType, value: number): readonly number[] {
  if (type === "float16") return [roundToFloat16(value)];
  if (type === "float32") return [Math.fround(value)];
  if (type === "int64") return asInt64(value);
  const [, high] = wholeRange(type) ?? [0, Number.POSITIVE_INFINITY];
  if (value <= high) return [value];
  return [value - 2 * (high + 1)];
}

/**
 * A number literal has only 53 bits: 0x7FFF… and 0x8000… of 64 bits are both 2^63, and 0xFFFF… is 2^64. So the first two stand for
 * each other, and the last is -1.
 */
function asInt64(value: number): readonly number[] {
  if (value < 2 ** 63) return [value];
  if (value === 2 ** 64) return [-1];
  return value === 2 ** 63 ? [value, -value] : [value - 2 ** 64];
}
