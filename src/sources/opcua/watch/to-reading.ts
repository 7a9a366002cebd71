import type { Quality, Reading } from "../../../core/reading.ts";
import type { OpcuaValue } from "../opcua-client.ts";

/** Whose clock stamps readings, see {@link OpcuaSourceOptions.timestamps}. */
export type OpcuaTimestamps = "source" | "server" | "arrival";

/** The time of a value by the clock that was asked for, or by the next nearer one that has stamped it. */
export function stampOf(
  { sourceTimeMs, serverTimeMs }: OpcuaValue,
  timestamps: OpcuaTimestamps,
  arrivalMs: number,
): number {
  if (timestamps === "arrival") return arrivalMs;
  const serverMs = serverTimeMs ?? arrivalMs;
  return timestamps === "server" ? serverMs : (sourceTimeMs ?? serverMs);
}

/**
 * Turns a value of the server into a reading.
 *
 * Booleans become 0 and 1. What is no scalar number is bad. A 64-bit integer beyond 2^53 does not fit a JavaScript number: it is
 * rounded and `uncertain`.
 */
export function toReading(tag: string, sent: OpcuaValue, timeMs: number): Reading {
  const { type, value: raw, statusCode, isArray = false } = sent;
  return readingOf(tag, isArray ? undefined : type, raw, statusCode, timeMs);
}

/**
 * Spreads an array over one reading for each element: the last one at `timeMs`, the others `elementMs` apart before it. What is no array
 * of one dimension, or an empty one, becomes one bad reading.
 */
export function toReadings(
  tag: string,
  sent: OpcuaValue,
  timeMs: number,
  elementMs: number,
): readonly Reading[] {
  const { type, value, statusCode, isArray } = sent;
  const elements = isArray ? Array.from(value as ArrayLike<unknown>) : [];
  if (elements.length === 0) return [readingOf(tag, undefined, value, statusCode, timeMs)];
  const first = timeMs - (elements.length - 1) * elementMs;
  return elements.map((element, place) =>
    readingOf(tag, type, element, statusCode, first + place * elementMs),
  );
}

function readingOf(
  tag: string,
  type: string | undefined,
  raw: unknown,
  statusCode: number,
  timeMs: number,
): Reading {
  const quality = qualityOf(statusCode);
  const value = quality === "bad" ? Number.NaN : toNumber(type, raw);
  if (!Number.isFinite(value)) return reading(tag, timeMs, Number.NaN, "bad", statusCode);
  const isRounded = isLong(type) && !Number.isSafeInteger(value);
  return reading(tag, timeMs, value, isRounded ? "uncertain" : quality, statusCode);
}

function reading(
  tag: string,
  timeMs: number,
  value: number,
  quality: Quality,
  statusCode: number,
): Reading {
  return statusCode === 0
    ? { tag, timeMs, value, quality }
    : { tag, timeMs, value, quality, statusCode };
}

const severities: readonly Quality[] = ["good", "uncertain"];

/** The severity is in the top two bits of the code; what is not defined there is bad. */
export function qualityOf(statusCode: number): Quality {
  return severities[statusCode >>> 30] ?? "bad";
}

/** Of the standard, part 4, 7.38.2: the code is that of a data value, and the queue was too short for what came before it. */
const OVERFLOW = 0x480;

export function hasOverflow(statusCode: number): boolean {
  return (statusCode & OVERFLOW) === OVERFLOW;
}

const plainTypes: ReadonlySet<string | undefined> = new Set([
  "SByte",
  "Byte",
  "Int16",
  "UInt16",
  "Int32",
  "UInt32",
  "Float",
  "Double",
]);

function isLong(type: string | undefined): boolean {
  return type === "Int64" || type === "UInt64";
}

function toNumber(type: string | undefined, value: unknown): number {
  if (plainTypes.has(type)) return Number(value);
  if (type === "Boolean") return value ? 1 : 0;
  if (!isLong(type) || !Array.isArray(value)) return Number.NaN;
  const [high, low] = value as [number, number];
  return (type === "Int64" ? high | 0 : high >>> 0) * 2 ** 32 + (low >>> 0);
}
