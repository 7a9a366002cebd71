import type { Quality, Reading } from "../../core/reading.ts";
import type { OpcuaValue } from "./opcua-client.ts";

/**
 * Turns a value of the server into a reading.
 *
 * The time is the source's, or the server's, or `arrivalMs`, whichever is given first. Booleans become 0 and 1. What is no
 * scalar number is bad. A 64-bit integer beyond 2^53 does not fit a JavaScript number: it is rounded and `uncertain`.
 */
export function toReading(tag: string, sent: OpcuaValue, arrivalMs: number): Reading {
  const timeMs = sent.sourceTimeMs ?? sent.serverTimeMs ?? arrivalMs;
  const code = sent.statusCode === 0 ? {} : { statusCode: sent.statusCode };
  const value = toNumber(sent);
  const quality = qualityOf(sent.statusCode);
  if (quality === "bad" || !Number.isFinite(value)) {
    return { tag, timeMs, value: Number.NaN, quality: "bad", ...code };
  }
  const rounded = isLong(sent.type) && !Number.isSafeInteger(value);
  return { tag, timeMs, value, quality: rounded ? "uncertain" : quality, ...code };
}

/** The severity is in the top two bits of the code; what is not defined there is bad. */
export function qualityOf(statusCode: number): Quality {
  return (["good", "uncertain"] as const)[statusCode >>> 30] ?? "bad";
}

const plainTypes: readonly (string | undefined)[] = [
  "SByte",
  "Byte",
  "Int16",
  "UInt16",
  "Int32",
  "UInt32",
  "Float",
  "Double",
];

function isLong(type: string | undefined): boolean {
  return type === "Int64" || type === "UInt64";
}

function toNumber({ type, value }: OpcuaValue): number {
  if (plainTypes.includes(type)) return Number(value);
  if (type === "Boolean") return value ? 1 : 0;
  if (!isLong(type) || !Array.isArray(value)) return Number.NaN;
  const [high, low] = value as [number, number];
  return (type === "Int64" ? high | 0 : high >>> 0) * 2 ** 32 + (low >>> 0);
}
