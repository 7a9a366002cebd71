import { InvalidArgumentError } from "commander";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads `500ms`, `1s`, `1.5m` or `2h` as milliseconds. */
export function parseDuration(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const durationMs = Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
  if (durationMs > 0) return durationMs;
  throw new InvalidArgumentError(`Expected a duration such as 500ms, 1s, 1.5m or 2h, got ${text}.`);
}

/** Reads a whole number from 1 on. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError(`Expected a whole number from 1 on, got ${text}.`);
}

/** Reads a whole number, of either sign. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError(`Expected a whole number, got ${text}.`);
}

/** Reads a number above zero, such as `0.5` or `1/7`. */
export function parseRate(text: string): number {
  const [, amount, per = "1"] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? [];
  const rate = Number(amount) / Number(per);
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new InvalidArgumentError(`Expected a number above zero such as 0.5 or 1/7, got ${text}.`);
}

/** Reads column names with commas between them. */
export function parseNames(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}
